/** @file The caches of a rollout's three roles as one: measured, cut and copied a row at a time. It runs nothing. */
import type { KeyValueCache } from '../runtime/key-value-cache.ts'
import type { MemGenModel } from './memgen-model.ts'
import type { CacheLengths } from './rollout-row.ts'

const EMPTY: CacheLengths = { reasoner: 0, weaver: 0, trigger: 0 }

export class RolloutCaches {
  readonly reasoner: KeyValueCache
  readonly weaver: KeyValueCache | undefined
  readonly trigger: KeyValueCache | undefined

  private constructor(reasoner: KeyValueCache, weaver: KeyValueCache | undefined, trigger: KeyValueCache | undefined) {
    this.reasoner = reasoner
    this.weaver = weaver
    this.trigger = trigger
  }

  static open({ reasoner, memory }: MemGenModel, rowCount: number): RolloutCaches {
    return new RolloutCaches(reasoner.newCache(rowCount), memory?.weaver.newCache(rowCount), memory?.trigger?.newCache(rowCount))
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
    const { reasoner, weaver, trigger } = this
    const kept = this.#present(row, lengths)
    return new RolloutCaches(reasoner.fork(row, kept.reasoner), weaver?.fork(row, kept.weaver), trigger?.fork(row, kept.trigger))
  }

  dispose(): void {
    this.reasoner.dispose()
    this.weaver?.dispose()
    this.trigger?.dispose()
  }

  #present(row: number, { reasoner, weaver, trigger }: CacheLengths): CacheLengths {
    const present = this.lengths(row)
    return { reasoner: Math.min(reasoner, present.reasoner), weaver: Math.min(weaver, present.weaver), trigger: Math.min(trigger, present.trigger) }
  }
}
