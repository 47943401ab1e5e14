/** @file Several files of rows as one table of samples, with every row that is none and why. It does not know what a row means. */
import { createHash } from 'node:crypto'
import type { DatasetStamp, TaskSample } from '../../shared/domain/task.ts'
import { DatasetError, type DatasetProblem, describeProblem } from './dataset-error.ts'
import { type DatasetFile, withDatasetFile } from './dataset-file.ts'
import type { TaskRow } from './definitions/task-definition.ts'
import { nameOfPlace, RowCollector, type RowPlace } from './row-collector.ts'
import { readObject, type RowObject } from './row-values.ts'
import { defaultTableLimits, detectFormat, readTableRows, rowUnits } from './table-rows.ts'

export interface ReadSamplesOptions {
  /** Top-level columns that are needed; null reads all. */
  readonly columns: readonly string[] | null
  readonly signal?: AbortSignal | undefined
  /** Told the number of rows read so far, every ten thousand. */
  readonly onProgress?: ((rowCount: number) => void) | undefined
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
export async function readSamples(paths: readonly string[], readRow: (row: RowObject) => TaskRow, { columns, signal, onProgress }: ReadSamplesOptions): Promise<ReadSamples> {
  const read = (value: unknown, place: RowPlace): TaskSample => {
    const content = readRow(readObject(value, null, 'an object'))
    return { ...content, id: content.id ?? `row-${place.number}`, origin: nameOfPlace(place) }
  }
  const collector = new RowCollector(read, { rows: defaultTableLimits.rows, keptProblems })
  const files: DatasetStamp['files'] = []
  for (const path of paths) {
    await withDatasetFile(path, defaultTableLimits.fileBytes, async (file) => {
      files.push({ path, sizeBytes: file.byteLength, sha256: await hashFile(file, signal) })
      const format = await detectFormat(file)
      collector.startFile(path, rowUnits[format])
      for await (const row of readTableRows(file, format, columns, defaultTableLimits)) {
        signal?.throwIfAborted()
        const rowCount = collector.add(row)
        if (rowCount % progressRows === 0) onProgress?.(rowCount)
      }
    })
  }
  const { items: samples, problems, problemCount } = collector
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

/** The first problem as the error of a table that has no sample. */
export function noSamples(path: string, problem: DatasetProblem | undefined): DatasetError {
  if (problem === undefined) return new DatasetError(path, 'expected samples, found no row')
  return new DatasetError(problem.path, `expected samples, found none; the first row that is none: ${describeProblem(problem)}`, { row: problem.line, field: problem.field })
}
