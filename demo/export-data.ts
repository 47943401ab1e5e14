/**
 * @file Writes the demo's splits as JSONL, one problem a line with `messages` and `solution`, for `memgen train`, `memgen eval` and the
 * app's bundled tasks. Does not know who reads them.
 *
 * `node demo/export-data.ts --out FOLDER` writes all of them, `--tasks resources/demo-model/tasks` what ships with the app.
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

const DEFAULTS = { seed: 1, trainingCount: 10_000 }

/**
 * Writes `base-train.jsonl`, `new-train.jsonl`, `base-held-out.jsonl`, `new-held-out.jsonl` and `new-with-facts-held-out.jsonl`.
 * Pre-training has no file: notes without loss have no place in messages.
 * @returns the files' paths
 */
export function exportData(directory: string, { seed = DEFAULTS.seed, trainingCount = DEFAULTS.trainingCount }: ExportOptions = {}): string[] {
  mkdirSync(directory, { recursive: true })
  const training = (['base', 'new'] as const).map((name) => {
    const samples = Array.from({ length: trainingCount }, (_, index) => TRAINING_SPLITS[name](seed, index))
    return writeJsonl(join(directory, `${name}-train.jsonl`), samples)
  })
  const heldOut = Object.entries(HELD_OUT_SPLITS).map(([name, draw]) => writeJsonl(join(directory, `${name}-held-out.jsonl`), draw()))
  return [...training, ...heldOut]
}

/** Problems of each part that ships: enough to tell policies apart, few enough for a bundle. */
const TASK_COUNTS = { train: 500, valid: 200, test: 500 }

/**
 * Writes the two domains as the app's tasks, `base-test.jsonl` and so on. The test part is the first of the held-out problems, so that
 * its results can be compared with docs/demo-model.md; the validation part lies behind what a training of the default size draws.
 * @returns the files' paths
 */
export function exportTasks(directory: string): string[] {
  mkdirSync(directory, { recursive: true })
  return (['base', 'new'] as const).flatMap((name) => {
    const draw = (start: number, count: number): DemoSample[] => Array.from({ length: count }, (_, index) => TRAINING_SPLITS[name](DEFAULTS.seed, start + index))
    const parts = {
      train: draw(0, TASK_COUNTS.train),
      valid: draw(DEFAULTS.trainingCount, TASK_COUNTS.valid),
      test: HELD_OUT_SPLITS[name]().slice(0, TASK_COUNTS.test),
    }
    return Object.entries(parts).map(([part, samples]) => writeJsonl(join(directory, `${name}-${part}.jsonl`), samples))
  })
}

/** A file that says the same already is left alone: an evaluation begun on it goes on only while it is untouched. */
function writeJsonl(path: string, samples: readonly DemoSample[]): string {
  const text = samples.map(({ id, messages, solution }) => `${JSON.stringify({ id, messages, solution })}\n`).join('')
  if (!existsSync(path) || readFileSync(path, 'utf8') !== text) writeFileSync(path, text)
  return path
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { out: { type: 'string' }, tasks: { type: 'string' }, seed: { type: 'string', default: `${DEFAULTS.seed}` } } })
  if (values.out === undefined && values.tasks === undefined) throw new Error('expected --out FOLDER or --tasks FOLDER')
  if (values.out !== undefined) for (const path of exportData(values.out, { seed: Number(values.seed) })) console.log(path)
  if (values.tasks !== undefined) for (const path of exportTasks(values.tasks)) console.log(path)
}
