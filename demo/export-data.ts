/**
 * @file Writes the demo's splits as JSONL, one problem a line with `messages` and `solution`, for `memgen train` and `memgen eval`.
 * Does not know who reads them.
 *
 * `node demo/export-data.ts --out FOLDER` writes all of them.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { DemoSample } from './domains/sample.ts'
import { HELD_OUT_SPLITS, TRAINING_SPLITS } from './domains/splits.ts'

export interface ExportOptions {
  /** @default 1 */
  readonly seed?: number
  /** Problems of each training split; a trainer draws more as it needs them. @default 10000 */
  readonly trainingCount?: number
}

/**
 * Writes `base-train.jsonl`, `new-train.jsonl`, `base-held-out.jsonl`, `new-held-out.jsonl` and `new-with-facts-held-out.jsonl`.
 * Pre-training has no file: notes without loss have no place in messages.
 * @returns the files' paths
 */
export function exportData(directory: string, { seed = 1, trainingCount = 10_000 }: ExportOptions = {}): string[] {
  mkdirSync(directory, { recursive: true })
  const training = (['base', 'new'] as const).map((name) => {
    const samples = Array.from({ length: trainingCount }, (_, index) => TRAINING_SPLITS[name](seed, index))
    return writeJsonl(join(directory, `${name}-train.jsonl`), samples)
  })
  const heldOut = Object.entries(HELD_OUT_SPLITS).map(([name, draw]) => writeJsonl(join(directory, `${name}-held-out.jsonl`), draw()))
  return [...training, ...heldOut]
}

/** A file that says the same already is left alone: an evaluation begun on it goes on only while it is untouched. */
function writeJsonl(path: string, samples: readonly DemoSample[]): string {
  const text = samples.map(({ id, messages, solution }) => `${JSON.stringify({ id, messages, solution })}\n`).join('')
  if (!existsSync(path) || readFileSync(path, 'utf8') !== text) writeFileSync(path, text)
  return path
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { out: { type: 'string' }, seed: { type: 'string', default: '1' } } })
  if (values.out === undefined) throw new Error('expected --out FOLDER')
  for (const path of exportData(values.out, { seed: Number(values.seed) })) console.log(path)
}
