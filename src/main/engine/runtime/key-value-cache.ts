/**
 * @file What a cache of keys and values can do, wherever it lives (docs/DESIGN.md 4.4). Rows are independent: each has
 * its own slots, in the order they were appended, and a slot may be invisible to attention.
 */
import type { Tensors } from './graph-session.ts'

export interface CacheSizes {
  readonly numHiddenLayers: number
  readonly numKeyValueHeads: number
  readonly headDim: number
}

/** New slots of one row. */
export interface AppendedRow {
  readonly row: number
  /** How many of the run's `seq` positions belong to this row, counted from the first. */
  readonly count: number
  /** Positions that no later token may attend to. @default none */
  readonly hidden?: readonly boolean[]
}

/** Bookkeeping of rows; how a run meets the cache depends on where it lives. */
export interface KeyValueCache {
  readonly rowCount: number
  /** Appended and not truncated slots of a row, hidden ones included. */
  length(row: number): number
  /** Forgets all slots of a row from `length` on. */
  truncate(row: number, length: number): void
  /** Replaces all slots of row `to` by the first `length` slots of row `from`. */
  copyPrefix(from: number, to: number, length: number): void
  /** A cache of one row that starts with the first `length` slots of `row`. */
  fork(row: number, length: number): KeyValueCache
  dispose(): void
}

/** A cache in the caller's memory: the past goes into a run, and the new tokens' rows are put away after it. */
export interface HostCache extends KeyValueCache {
  /** What the graph takes for rows first to end, and how many past slots that offers. */
  past(first: number, end: number): { feeds: Tensors; pastLength: number }
  /** Writes the additive mask of a row's past slots, `pastLength` numbers, into `target` at `offset`. */
  writeMask(row: number, target: Float32Array, offset: number, pastLength: number): void
  /** Takes over the run's keys and values; `first` is the row of the run's batch index 0. */
  append(first: number, results: Tensors, seq: number, rows: readonly AppendedRow[]): void
}

/** What a cache gives to one run and takes from it. */
export interface CachedRun {
  /** Keys, values and the attention mask. */
  readonly feeds: Tensors
  /** Tensors that results of these names are written into. */
  readonly into: Tensors
  /** Takes in what the run appended. */
  keep(results: Tensors): void
}

/** Added to the score of a slot that may not be attended to: finite, so that a row without any visible slot stays finite. */
export const MASKED = -1e30
