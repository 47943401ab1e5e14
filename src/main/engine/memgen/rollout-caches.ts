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

  readonly #model: MemGenModel

  private constructor(model: MemGenModel, { reasoner, weaver, trigger }: RoleCaches, shared: CpuCache | null = null) {
    this.#model = model
    this.reasoner = reasoner
    this.weaver = weaver
    this.trigger = trigger
    this.shared = shared
  }

  static open(model: MemGenModel, rowCount: number): RolloutCaches {
    const { reasoner, memory, riders } = model
    if (riders !== null && rowCount === 1) return RolloutCaches.#riding(model, riders.newCache(), memory?.weaver.newCache(1))
    return new RolloutCaches(model, { reasoner: reasoner.newCache(rowCount), weaver: memory?.weaver.newCache(rowCount), trigger: memory?.trigger?.newCache(rowCount) })
  }

  static #riding(model: MemGenModel, shared: CpuCache, weaver: KeyValueCache | undefined): RolloutCaches {
    const { reasoner, trigger } = RIDING_PLACES
    return new RolloutCaches(model, { reasoner: new CacheRow(shared, reasoner), trigger: new CacheRow(shared, trigger), weaver }, shared)
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
      return RolloutCaches.#riding(this.#model, rows, weaver?.fork(row, kept.weaver))
    }
    return new RolloutCaches(this.#model, { reasoner: reasoner.fork(row, kept.reasoner), weaver: weaver?.fork(row, kept.weaver), trigger: trigger?.fork(row, kept.trigger) })
  }

  dispose(): void {
    this.reasoner.dispose()
    this.weaver?.dispose()
    this.trigger?.dispose()
    this.shared?.dispose()
  }

  /** What is kept of a row: as much as is there, and nothing of a role whose keys may be of a longer context than the row goes back to. */
  #present(row: number, { reasoner, weaver, trigger }: CacheLengths): CacheLengths {
    const present = this.lengths(row)
    const { reasoner: reasonerRole, memory } = this.#model
    return {
      reasoner: reasonerRole.hasStableCache ? Math.min(reasoner, present.reasoner) : 0,
      weaver: memory?.weaver.hasStableCache === true ? Math.min(weaver, present.weaver) : 0,
      trigger: memory?.trigger?.hasStableCache === true ? Math.min(trigger, present.trigger) : 0,
    }
  }
}
