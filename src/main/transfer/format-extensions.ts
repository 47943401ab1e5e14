/** @file How files of each format are called, and which format a name speaks of. It does not know what can be written in which. */
import { exportFormatSchema, type ExportFormat } from '../../shared/domain/transfer.ts'

/** What is put after a new file's name; none for TensorBoard's folder. */
export const formatExtensions: Readonly<Record<ExportFormat, string>> = { jsonl: '.jsonl', csv: '.csv', parquet: '.parquet', safetensors: '.safetensors', tensorboard: '', html: '.html', bundle: '.memgen.zip' }

/** By the last part of the name; null where that is none of a format's. */
export function formatOfPath(path: string): ExportFormat | null {
  const last = /\.[^./\\]+$/.exec(path.toLowerCase())?.[0]
  return exportFormatSchema.options.find((format) => last !== undefined && formatExtensions[format].endsWith(last)) ?? null
}
