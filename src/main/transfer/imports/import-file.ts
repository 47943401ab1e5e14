/** @file Any file that can be imported, told by its content. It does not know what is in it. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import type { ImportKind, ImportRequest, ImportResult } from '../../../shared/domain/transfer.ts'
import type { EvaluationLog } from '../../log/index.ts'
import { importBundle } from '../bundle/read-bundle.ts'
import { TransferError } from '../errors.ts'
import { readAnswerJson } from './answer-json.ts'
import { addForeignRuns } from './imported-run.ts'
import { readLmEvalSamples } from './lm-eval-samples.ts'

/** Throws TransferError for a file that is missing, is none of the known kinds, or is damaged. */
export async function importFile({ path, kind, name }: ImportRequest, log: EvaluationLog): Promise<ImportResult> {
  const found = await stat(path).catch(() => null)
  if (found === null) throw new TransferError(path, null, 'there is no such file')
  switch (kind ?? (found.isDirectory() ? 'bundle' : await kindOf(path))) {
    case 'bundle':
      return importBundle(path, log)
    case 'answer-json':
      return importForeign(path, name, log, 'answer-json', readAnswerJson, found.mtimeMs)
    case 'lm-eval-samples':
      return importForeign(path, name, log, 'lm-eval-samples', readLmEvalSamples, found.mtimeMs)
  }
}

const ZIP_MAGIC = 'PK'
const START_BYTES = 64 * 1024

async function kindOf(path: string): Promise<ImportKind> {
  const start = await readStart(path)
  if (start.startsWith(ZIP_MAGIC)) return 'bundle'
  if (/^\s*\{[^\n]*"doc_id"\s*:/.test(start)) return 'lm-eval-samples'
  if (/^\s*\{[^\n]*"completion"\s*:/.test(start)) return 'answer-json'
  throw new TransferError(path, null, 'expected a bundle, an answer.json or the samples of lm-evaluation-harness, found something else')
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

async function importForeign(path: string, name: string | null, log: EvaluationLog, kind: ImportKind, read: typeof readAnswerJson, createdAt: number): Promise<ImportResult> {
  const { runs, warnings } = await read(path, name)
  const runIds = await addForeignRuns(log, { path, name: name ?? basename(path), sha256: await hashFile(path), runs, createdAt: Math.round(createdAt) })
  const resultCount = runIds.length === 0 ? 0 : runs.reduce((sum, { results }) => sum + results.length, 0)
  return { kind, runIds, resultCount, skippedRunCount: runs.length - runIds.length, warnings }
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path) as AsyncIterable<Uint8Array>) hash.update(chunk)
  return hash.digest('hex')
}
