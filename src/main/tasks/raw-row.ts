/** @file A row as a file's reader hands it on, before anybody asked what it holds. Knows no format. */
import type { Mismatch } from './dataset-error.ts'

/** Line or row, counted from 1, and what stands there: a value of any shape, or why there is none. */
export type RawRow = { readonly line: number; readonly value: unknown } | { readonly line: number; readonly mismatch: Mismatch }
