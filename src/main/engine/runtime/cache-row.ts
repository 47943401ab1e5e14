/** @file One row of a cache as a cache of its own, so that who knows only its own row can share a run with others. */
import type { KeyValueCache } from './key-value-cache.ts'

export class CacheRow implements KeyValueCache {
  readonly rowCount = 1
  /** The cache it is a row of, which whoever opened it disposes of. */
  readonly whole: KeyValueCache
  /** Which of its rows. */
  readonly place: number

  constructor(whole: KeyValueCache, place: number) {
    this.whole = whole
    this.place = place
  }

  length(): number {
    return this.whole.length(this.place)
  }

  truncate(_row: number, length: number): void {
    this.whole.truncate(this.place, length)
  }

  copyPrefix(): void {
    throw new Error('internal: a single row has no other to copy from')
  }

  fork(_row: number, length: number): KeyValueCache {
    return this.whole.fork(this.place, length)
  }

  dispose(): void {
    // The rows beside it may still be in use.
  }
}
