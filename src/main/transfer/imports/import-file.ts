/** @file Any file that can be imported, told by its content. It does not know what is in it. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, readdir, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import type { ImportKind, ImportRequest, ImportResult } from '../../../shared/domain/transfer.ts'
import type { ExperimentLog } from '../../log/index.ts'
import { MANIFEST_NAME } from '../bundle/bundle-format.ts'
import { importBundle } from '../bundle/read-bundle.ts'
import { TransferError } from '../errors.ts'
import { readAnswerJson } from './answer-json.ts'
import { addForeignRuns } from './imported-run.ts'
import { readLmEvalSamples } from './lm-eval-samples.ts'
import { importEventFiles, isEventFileName } from './tensorboard-curves.ts'

/** What imports write to. */
export type ImportLog = Pick<ExperimentLog, 'evaluations' | 'curves'>

/** Throws TransferError for a file that is missing, is none of the known kinds, or is damaged. */
export async function importFile({ path, kind, name }: ImportRequest, log: ImportLog): Promise<ImportResult> {
  const found = await stat(path).catch(() => null)
  if (found === null) throw new TransferError(path, null, 'there is no such file')
  switch (kind ?? (found.isDirectory() ? await kindOfFolder(path) : await kindOf(path))) {
    case 'bundle':
      return importBundle(path, log.evaluations)
    case 'answer-json':
      return importForeign(path, name, log.evaluations, 'answer-json', readAnswerJson, found.mtimeMs)
    case 'lm-eval-samples':
      return importForeign(path, name, log.evaluations, 'lm-eval-samples', readLmEvalSamples, found.mtimeMs)
    case 'tensorboard':
      return importEventFiles(path, name, log.curves)
  }
}

/** A bundle's folder has a manifest; TensorBoard's has event files, perhaps deeper. */
async function kindOfFolder(path: string): Promise<ImportKind> {
  return (await readdir(path)).includes(MANIFEST_NAME) ? 'bundle' : 'tensorboard'
}

const ZIP_MAGIC = 'PK'
const START_BYTES = 64 * 1024

async function kindOf(path: string): Promise<ImportKind> {
  if (isEventFileName(path)) return 'tensorboard'
  const start = await readStart(path)
  if (start.startsWith(ZIP_MAGIC)) return 'bundle'
  if (/^\s*\{[^\n]*"doc_id"\s*:/.test(start)) return 'lm-eval-samples'
  if (/^\s*\{[^\n]*"completion"\s*:/.test(start)) return 'answer-json'
  throw new TransferError(path, null, 'expected a bundle, an answer.json, samples of lm-evaluation-harness or TensorBoard events, found something else')
}

async function readStart(path: string): Promise<string> {
  const handle = await open(path)
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(START_BYTES), 0, START_BYTES, 0)
    return buffer.toString('utf8', 0, bytesRead)
  } finally {
    await handle.close()
  }
}

async function importForeign(path: string, name: string | null, log: ExperimentLog['evaluations'], kind: ImportKind, read: typeof readAnswerJson, createdAt: number): Promise<ImportResult> {
  const { runs, warnings } = await read(path, name)
  const { runIds, resultCount } = await addForeignRuns(log, { path, name: name ?? basename(path), sha256: await hashFile(path), runs, createdAt: Math.round(createdAt) })
  return { kind, runIds, curvesIds: [], resultCount, skippedCount: runs.length - runIds.length, warnings }
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path) as AsyncIterable<Uint8Array>) hash.update(chunk)
  return hash.digest('hex')
}
