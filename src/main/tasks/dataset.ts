/**
 * @file Reads a dataset of messages or prompts, JSONL, Parquet or CSV: the samples, and every row that is none with the reason. What
 * to do about those is the caller's decision. It does not know tokens, splits or rewards.
 */
import { DatasetError, type DatasetProblem, type Mismatch, RowMismatch } from './dataset-error.ts'
import { withDatasetFile } from './dataset-file.ts'
import type { RawRow } from './raw-row.ts'
import { readRow, rowFields } from './row-reader.ts'
import type { Sample } from './sample.ts'
import { defaultTableLimits, detectFormat, readTableRows, rowUnits, type TableFormat, type TableLimits } from './table-rows.ts'

export interface DatasetLimits extends TableLimits {
  /** Problems that are kept with their reason; further ones are only counted. @default 1000: nobody reads more, and a wrong file has millions */
  keptProblems: number
}

const defaultLimits: DatasetLimits = { ...defaultTableLimits, keptProblems: 1000 }

export interface ReadDatasetOptions {
  signal?: AbortSignal
  /** Told the number of rows read so far, every ten thousand. */
  onProgress?: (rowCount: number) => void
  limits?: Partial<DatasetLimits>
}

export interface Dataset {
  readonly path: string
  readonly format: TableFormat
  readonly samples: readonly Sample[]
  /** The first rows that were left out. */
  readonly problems: readonly DatasetProblem[]
  /** All rows that were left out; with the samples these are all rows but blank lines. */
  readonly problemCount: number
}

const progressRows = 10_000

/**
 * Reads the whole file; its format is told by its first bytes and its name.
 *
 * Raises DatasetError where the file cannot be read, is damaged as a whole or exceeds a limit, and the signal's reason if it aborts.
 */
export async function readDataset(path: string, { signal, onProgress, limits: given }: ReadDatasetOptions = {}): Promise<Dataset> {
  const limits = { ...defaultLimits, ...given }
  return withDatasetFile(path, limits.fileBytes, async (file) => {
    const format = await detectFormat(file)
    const collector = new SampleCollector(path, rowUnits[format], limits)
    for await (const row of readTableRows(file, format, rowFields, limits)) {
      signal?.throwIfAborted()
      const rowCount = collector.add(row)
      if (rowCount % progressRows === 0) onProgress?.(rowCount)
    }
    const { samples, problems, problemCount } = collector
    return { path, format, samples, problems, problemCount }
  })
}

/** Sorts rows into samples and problems, and sees to it that an id occurs once. */
class SampleCollector {
  readonly samples: Sample[] = []
  readonly problems: DatasetProblem[] = []
  problemCount = 0
  readonly #lineOfId = new Map<string, number>()
  readonly #path: string
  readonly #unit: DatasetProblem['unit']
  readonly #limits: DatasetLimits

  constructor(path: string, unit: DatasetProblem['unit'], limits: DatasetLimits) {
    this.#path = path
    this.#unit = unit
    this.#limits = limits
  }

  /** @returns how many rows there are by now */
  add(row: RawRow): number {
    if ('mismatch' in row) this.#note(row.line, row.mismatch)
    else this.#read(row.line, row.value)
    const rowCount = this.samples.length + this.problemCount
    if (rowCount > this.#limits.rows) throw new DatasetError(this.#path, `expected at most ${this.#limits.rows} ${this.#unit}s, found more`)
    return rowCount
  }

  #read(line: number, value: unknown): void {
    try {
      this.samples.push(this.#readSample(line, value))
    } catch (error) {
      if (!(error instanceof RowMismatch)) throw error
      this.#note(line, error)
    }
  }

  #readSample(line: number, value: unknown): Sample {
    const row = readRow(value)
    const id = row.id ?? `${this.#unit}-${line}`
    const taken = this.#lineOfId.get(id)
    // Results are compared and resumed by id: two samples of one id would be taken for one.
    if (taken !== undefined) throw new RowMismatch('id', 'an id of its own', `${JSON.stringify(id)} as in ${this.#unit} ${taken}`)
    this.#lineOfId.set(id, line)
    return { ...row, id, line }
  }

  #note(line: number, { field, expected, found }: Mismatch): void {
    this.problemCount++
    if (this.problems.length >= this.#limits.keptProblems) return
    this.problems.push({ path: this.#path, unit: this.#unit, line, field, expected, found })
  }
}
