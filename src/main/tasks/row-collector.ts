/** @file Sorts the rows of one or several files into what they hold and what is wrong with them. It does not know what a row should hold. */
import { basename } from 'node:path'
import { DatasetError, type DatasetProblem, type Mismatch, RowMismatch } from './dataset-error.ts'
import type { RawRow } from './raw-row.ts'

/** Where a row stands. */
export interface RowPlace {
  readonly path: string
  readonly unit: DatasetProblem['unit']
  /** In its file, counted from 1. */
  readonly line: number
  /** The same over all files. */
  readonly number: number
}

export interface RowLimits {
  /** Of all files together, samples or not. */
  readonly rows: number
  /** Problems that are kept with their reason; further ones are only counted. */
  readonly keptProblems: number
}

/** `test.jsonl, line 7`. */
export function nameOfPlace({ path, unit, line }: RowPlace): string {
  return `${basename(path)}, ${unit} ${line}`
}

export class RowCollector<Item extends { readonly id: string }> {
  readonly items: Item[] = []
  readonly problems: DatasetProblem[] = []
  problemCount = 0
  readonly #placeOfId = new Map<string, RowPlace>()
  readonly #read: (value: unknown, place: RowPlace) => Item
  readonly #limits: RowLimits
  #path = ''
  #unit: DatasetProblem['unit'] = 'row'
  /** Lines or rows of the files before. */
  #offset = 0
  #lastLine = 0

  /** @param read raises RowMismatch where the value is no such row */
  constructor(read: (value: unknown, place: RowPlace) => Item, limits: RowLimits) {
    this.#read = read
    this.#limits = limits
  }

  /** What is added from here on stands in this file. */
  startFile(path: string, unit: DatasetProblem['unit']): void {
    this.#offset += this.#lastLine
    this.#lastLine = 0
    this.#path = path
    this.#unit = unit
  }

  /**
   * @returns how many rows there are by now, blank lines not counted
   *
   * Raises DatasetError where there are more than the limit.
   */
  add(row: RawRow): number {
    this.#lastLine = row.line
    if ('mismatch' in row) this.#note(row.line, row.mismatch)
    else this.#keep(row.line, row.value)
    const rowCount = this.items.length + this.problemCount
    if (rowCount > this.#limits.rows) throw new DatasetError(this.#path, `expected at most ${this.#limits.rows} ${this.#unit}s, found more`)
    return rowCount
  }

  #keep(line: number, value: unknown): void {
    try {
      const place = { path: this.#path, unit: this.#unit, line, number: this.#offset + line }
      const item = this.#read(value, place)
      this.#claimId(item.id, place)
      this.items.push(item)
    } catch (error) {
      if (!(error instanceof RowMismatch)) throw error
      this.#note(line, error)
    }
  }

  /** Results are kept, compared and resumed by id: two samples of one id would be taken for one. */
  #claimId(id: string, place: RowPlace): void {
    const taken = this.#placeOfId.get(id)
    if (taken !== undefined) {
      const where = taken.path === place.path ? `${taken.unit} ${taken.line}` : nameOfPlace(taken)
      throw new RowMismatch('id', 'an id of its own', `${JSON.stringify(id)} as in ${where}`)
    }
    this.#placeOfId.set(id, place)
  }

  #note(line: number, { field, expected, found }: Mismatch): void {
    this.problemCount++
    if (this.problems.length >= this.#limits.keptProblems) return
    this.problems.push({ path: this.#path, unit: this.#unit, line, field, expected, found })
  }
}
