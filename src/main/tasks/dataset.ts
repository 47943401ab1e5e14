/**
 * @file Reads a dataset of messages or prompts, JSONL or Parquet: the samples, and every row that is none with the reason. What
 * to do about those is the caller's decision. It does not know tokens, splits or rewards.
 */
import { DatasetError, type DatasetProblem, type Mismatch, RowMismatch } from './dataset-error.ts'
import { type DatasetFile, withDatasetFile } from './dataset-file.ts'
import { readJsonlRows } from './jsonl-rows.ts'
import { parquetMagic, readParquetRows } from './parquet-rows.ts'
import type { RawRow } from './raw-row.ts'
import { readRow, rowFields } from './row-reader.ts'
import type { Sample } from './sample.ts'

export interface DatasetLimits {
  /** Of the file, and of a table after decompression. @default 2 GiB: samples are kept in memory, of which Node takes about 4 GiB */
  fileBytes: number
  /** @default 16 MiB: long agent conversations stay below 1 MB; longer lines come from files without line breaks */
  lineBytes: number
  /** @default 5 million rows, samples or not; the largest open chat datasets have one to two million */
  rows: number
  /** Of a table's group of rows, after decompression. @default 1 GiB: groups are decoded as a whole, and Parquet recommends at most this */
  rowGroupBytes: number
  /** Problems that are kept with their reason; further ones are only counted. @default 1000: nobody reads more, and a wrong file has millions */
  keptProblems: number
}

const defaultLimits: DatasetLimits = { fileBytes: 2 * 2 ** 30, lineBytes: 16 * 2 ** 20, rows: 5_000_000, rowGroupBytes: 2 ** 30, keptProblems: 1000 }

export interface ReadDatasetOptions {
  signal?: AbortSignal
  /** Told the number of rows read so far, every ten thousand. */
  onProgress?: (rowCount: number) => void
  limits?: Partial<DatasetLimits>
}

export interface Dataset {
  readonly path: string
  readonly format: 'jsonl' | 'parquet'
  readonly samples: readonly Sample[]
  /** The first rows that were left out. */
  readonly problems: readonly DatasetProblem[]
  /** All rows that were left out; with the samples these are all rows but blank lines. */
  readonly problemCount: number
}

const progressRows = 10_000

/**
 * Reads the whole file; whether it is JSONL or Parquet is told by its first bytes.
 *
 * Raises DatasetError where the file cannot be read, is damaged as a whole or exceeds a limit, and the signal's reason if it aborts.
 */
export async function readDataset(path: string, { signal, onProgress, limits: given }: ReadDatasetOptions = {}): Promise<Dataset> {
  const limits = { ...defaultLimits, ...given }
  return withDatasetFile(path, limits.fileBytes, async (file) => {
    const format = await detectFormat(file)
    const collector = new SampleCollector(path, format === 'jsonl' ? 'line' : 'row', limits)
    const rows = format === 'jsonl' ? readJsonlRows(file.chunks(), limits.lineBytes) : readParquetRows(file, rowFields, limits)
    for await (const row of rows) {
      signal?.throwIfAborted()
      const rowCount = collector.add(row)
      if (rowCount % progressRows === 0) onProgress?.(rowCount)
    }
    const { samples, problems, problemCount } = collector
    return { path, format, samples, problems, problemCount }
  })
}

async function detectFormat(file: DatasetFile): Promise<Dataset['format']> {
  const start = await file.slice(0, Math.min(parquetMagic.length, file.byteLength))
  return Buffer.from(start).toString('latin1') === parquetMagic ? 'parquet' : 'jsonl'
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
