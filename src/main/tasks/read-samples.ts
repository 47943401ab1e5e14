/** @file Several files of rows as one table of samples, with every row that is none and why. It does not know what a row means. */
import { createHash } from 'node:crypto'
import { basename } from 'node:path'
import type { DatasetStamp, TaskSample } from '../../shared/domain/task.ts'
import { DatasetError, type DatasetProblem, describeProblem, type Mismatch, RowMismatch } from './dataset-error.ts'
import { type DatasetFile, withDatasetFile } from './dataset-file.ts'
import type { SampleContent } from './definitions/task-definition.ts'
import type { RawRow } from './raw-row.ts'
import { readObject, type RowObject } from './row-values.ts'
import { defaultTableLimits, detectFormat, readTableRows, rowUnits, type TableLimits } from './table-rows.ts'

export interface ReadSamplesOptions {
  /** Top-level columns that are needed; null reads all. */
  readonly columns: readonly string[] | null
  readonly signal?: AbortSignal | undefined
  /** Told the number of rows read so far, every ten thousand. */
  readonly onProgress?: ((rowCount: number) => void) | undefined
  /** @default defaultTableLimits */
  readonly limits?: TableLimits
}

export interface ReadSamples {
  readonly samples: readonly TaskSample[]
  readonly files: DatasetStamp['files']
  /** All rows that were left out; with the samples these are all rows but blank lines. */
  readonly problemCount: number
  /** The first rows that were left out. */
  readonly problems: readonly DatasetProblem[]
}

const progressRows = 10_000
/** Shown to a person, who reads a few. */
const keptProblems = 20

/** Reads the files in their order. Raises DatasetError where one cannot be read, and the signal's reason if it aborts. */
export async function readSamples(paths: readonly string[], readRow: (row: RowObject) => SampleContent, { columns, signal, onProgress, limits = defaultTableLimits }: ReadSamplesOptions): Promise<ReadSamples> {
  const collector = new SampleCollector(readRow)
  const files: DatasetStamp['files'] = []
  for (const path of paths) {
    await withDatasetFile(path, limits.fileBytes, async (file) => {
      files.push({ path, sizeBytes: file.byteLength, sha256: await hashFile(file, signal) })
      const format = await detectFormat(file)
      collector.startFile(path, rowUnits[format])
      for await (const row of readTableRows(file, format, columns, limits)) {
        signal?.throwIfAborted()
        collector.add(row)
        if (collector.rowCount > limits.rows) throw new DatasetError(path, `expected at most ${limits.rows} rows in all, found more`)
        if (collector.rowCount % progressRows === 0) onProgress?.(collector.rowCount)
      }
    })
  }
  const { samples, problems, problemCount } = collector
  return { samples, files, problems, problemCount }
}

async function hashFile(file: DatasetFile, signal: AbortSignal | undefined): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of file.chunks()) {
    signal?.throwIfAborted()
    hash.update(chunk)
  }
  return hash.digest('hex')
}

/** Sorts rows into samples and problems, and sees to it that an id occurs once over all files. */
class SampleCollector {
  readonly samples: TaskSample[] = []
  readonly problems: DatasetProblem[] = []
  problemCount = 0
  readonly #placeOfId = new Map<string, string>()
  readonly #readRow: (row: RowObject) => SampleContent
  #path = ''
  #unit: DatasetProblem['unit'] = 'row'
  /** Lines or rows of the files before. */
  #offset = 0
  #lastLine = 0

  constructor(readRow: (row: RowObject) => SampleContent) {
    this.#readRow = readRow
  }

  get rowCount(): number {
    return this.samples.length + this.problemCount
  }

  startFile(path: string, unit: DatasetProblem['unit']): void {
    this.#offset += this.#lastLine
    this.#lastLine = 0
    this.#path = path
    this.#unit = unit
  }

  add(row: RawRow): void {
    this.#lastLine = row.line
    if ('mismatch' in row) this.#note(row.line, row.mismatch)
    else this.#read(row.line, row.value)
  }

  #read(line: number, value: unknown): void {
    try {
      this.samples.push(this.#readSample(line, value))
    } catch (error) {
      if (!(error instanceof RowMismatch)) throw error
      this.#note(line, error)
    }
  }

  #note(line: number, { field, expected, found }: Mismatch): void {
    this.problemCount++
    if (this.problems.length < keptProblems) this.problems.push({ path: this.#path, unit: this.#unit, line, field, expected, found })
  }

  #readSample(line: number, row: unknown): TaskSample {
    const content = this.#readRow(readObject(row, null, 'an object'))
    const id = content.id ?? `row-${this.#offset + line}`
    const origin = `${basename(this.#path)}, ${this.#unit} ${line}`
    const taken = this.#placeOfId.get(id)
    // Results are kept and compared by id: two samples of one id would be taken for one.
    if (taken !== undefined) throw new RowMismatch('id', 'an id of its own', `${JSON.stringify(id)} as in ${taken}`)
    this.#placeOfId.set(id, origin)
    return { ...content, id, origin }
  }
}

/** The first problem as the error of a table that has no sample. */
export function noSamples(path: string, problem: DatasetProblem | undefined): DatasetError {
  if (problem === undefined) return new DatasetError(path, 'expected samples, found no row')
  return new DatasetError(problem.path, `expected samples, found none; the first row that is none: ${describeProblem(problem)}`, { row: problem.line, field: problem.field })
}
