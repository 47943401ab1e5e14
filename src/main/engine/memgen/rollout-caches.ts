/** @file The caches of a rollout's three roles as one: measured, cut and copied a row at a time. It runs nothing. */
import { CacheRow } from '../runtime/cache-row.ts'
import type { CpuCache } from '../runtime/cpu-cache.ts'
import type { KeyValueCache } from '../runtime/key-value-cache.ts'
import type { MemGenModel } from './memgen-model.ts'
import { RIDING_PLACES } from './riders.ts'
import type { CacheLengths } from './rollout-row.ts'

const EMPTY: CacheLengths = { reasoner: 0, weaver: 0, trigger: 0 }

interface RoleCaches {
  readonly reasoner: KeyValueCache
  readonly weaver: KeyValueCache | undefined
  readonly trigger: KeyValueCache | undefined
}

export class RolloutCaches {
  readonly reasoner: KeyValueCache
  readonly weaver: KeyValueCache | undefined
  readonly trigger: KeyValueCache | undefined
  /** The cache whose rows those of reasoner and trigger are, where these ride together. */
  readonly shared: CpuCache | null

  private constructor({ reasoner, weaver, trigger }: RoleCaches, shared: CpuCache | null = null) {
    this.reasoner = reasoner
    this.weaver = weaver
    this.trigger = trigger
    this.shared = shared
  }

  static open({ reasoner, memory, riders }: MemGenModel, rowCount: number): RolloutCaches {
    if (riders !== null && rowCount === 1) return RolloutCaches.#riding(riders.newCache(), memory?.weaver.newCache(1))
    return new RolloutCaches({ reasoner: reasoner.newCache(rowCount), weaver: memory?.weaver.newCache(rowCount), trigger: memory?.trigger?.newCache(rowCount) })
  }

  static #riding(shared: CpuCache, weaver: KeyValueCache | undefined): RolloutCaches {
    const { reasoner, trigger } = RIDING_PLACES
    return new RolloutCaches({ reasoner: new CacheRow(shared, reasoner), trigger: new CacheRow(shared, trigger), weaver }, shared)
  }

  lengths(row: number): CacheLengths {
    const { reasoner, weaver, trigger } = this
    return { reasoner: reasoner.length(row), weaver: weaver?.length(row) ?? 0, trigger: trigger?.length(row) ?? 0 }
  }

  /** Keeps at most that much of a row: what a role has not read yet is read when it is asked. */
  truncate(row: number, lengths: CacheLengths): void {
    const kept = this.#present(row, lengths)
    this.reasoner.truncate(row, kept.reasoner)
    this.weaver?.truncate(row, kept.weaver)
    this.trigger?.truncate(row, kept.trigger)
  }

  clear(row: number): void {
    this.truncate(row, EMPTY)
  }

  /** Caches of one row that start with at most the given part of `row`. */
  fork(row: number, lengths: CacheLengths): RolloutCaches {
    const { reasoner, weaver, trigger, shared } = this
    const kept = this.#present(row, lengths)
    if (shared !== null) {
      const rows = shared.forkRows([{ row: RIDING_PLACES.reasoner, length: kept.reasoner }, { row: RIDING_PLACES.trigger, length: kept.trigger }])
      return RolloutCaches.#riding(rows, weaver?.fork(row, kept.weaver))
    }
    return new RolloutCaches({ reasoner: reasoner.fork(row, kept.reasoner), weaver: weaver?.fork(row, kept.weaver), trigger: trigger?.fork(row, kept.trigger) })
  }

  dispose(): void {
    this.reasoner.dispose()
    this.weaver?.dispose()
    this.trigger?.dispose()
    this.shared?.dispose()
  }

  #present(row: number, { reasoner, weaver, trigger }: CacheLengths): CacheLengths {
    const present = this.lengths(row)
    return { reasoner: Math.min(reasoner, present.reasoner), weaver: Math.min(weaver, present.weaver), trigger: Math.min(trigger, present.trigger) }
  }
}
