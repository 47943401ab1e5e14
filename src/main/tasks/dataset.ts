/**
 * @file Reads a dataset of messages or prompts, JSONL, Parquet or CSV: the samples, and every row that is none with the reason. What
 * to do about those is the caller's decision. It does not know tokens, splits or rewards.
 */
import type { DatasetProblem } from './dataset-error.ts'
import { withDatasetFile } from './dataset-file.ts'
import { RowCollector, type RowPlace } from './row-collector.ts'
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
    const collector = new RowCollector(readSample, limits)
    collector.startFile(path, rowUnits[format])
    for await (const row of readTableRows(file, format, rowFields, limits)) {
      signal?.throwIfAborted()
      const rowCount = collector.add(row)
      if (rowCount % progressRows === 0) onProgress?.(rowCount)
    }
    const { items: samples, problems, problemCount } = collector
    return { path, format, samples, problems, problemCount }
  })
}

function readSample(value: unknown, { unit, line }: RowPlace): Sample {
  const row = readRow(value)
  return { ...row, id: row.id ?? `${unit}-${line}`, line }
}
