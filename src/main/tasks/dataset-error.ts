/** @file What can be wrong with a dataset: the file as a whole (an error) or one of its rows (a problem). Reads nothing. */

/** The file cannot be read at all, or no further. The message names it, what was expected and what was found. */
export class DatasetError extends Error {
  override readonly name = 'DatasetError'
  readonly path: string
  /** The message without the path. */
  readonly problem: string
  /** Line or row where that is known, counted from 1. */
  readonly row: number | null
  readonly field: string | null

  constructor(path: string, problem: string, { row = null, field = null, ...options }: DatasetErrorOptions = {}) {
    super(`${path}: ${problem}`, options)
    this.path = path
    this.problem = problem
    this.row = row
    this.field = field
  }
}

export interface DatasetErrorOptions extends ErrorOptions {
  /** @default null */
  row?: number | null
  /** @default null */
  field?: string | null
}

/** What a row should have been and is instead. */
export interface Mismatch {
  /** Path of the field inside the row, such as `messages.2.role`; null for the row itself. */
  readonly field: string | null
  readonly expected: string
  readonly found: string
}

/** A row that was left out, and why. */
export interface DatasetProblem extends Mismatch {
  readonly path: string
  /** A line of text or a row of a table, counted from 1. */
  readonly unit: 'line' | 'row'
  readonly line: number
}

export function describeProblem({ path, unit, line, field, expected, found }: DatasetProblem): string {
  const place = field === null ? '' : `, field ${field}`
  return `${path}, ${unit} ${line}${place}: expected ${expected}, found ${found}`
}

/** Thrown by the row reader only, and caught where the line is known. */
export class RowMismatch extends Error implements Mismatch {
  override readonly name = 'RowMismatch'
  readonly field: string | null
  readonly expected: string
  readonly found: string

  constructor(field: string | null, expected: string, found: string) {
    super(`expected ${expected}, found ${found}`)
    this.field = field
    this.expected = expected
    this.found = found
  }
}
