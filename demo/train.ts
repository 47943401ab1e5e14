/**
 * @file Trains the demo model from nothing, stage by stage: `npm run demo:train`. A stage whose settings did not change is found again;
 * `--from weaver` does that stage and all later ones anew. The result is copied to resources/demo-model with `--install`.
 */
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { BASELINE, TRIGGER, trainBaseline, trainTrigger, weave, WEAVER } from './stages/memgen-stages.ts'
import { PRETRAINING, pretrain } from './stages/pretrain.ts'
import { runStage, stageDirectory, type Stage } from './stages/stage.ts'

const STAGES = ['base', 'weaver', 'trigger', 'baseline'] as const
type StageName = (typeof STAGES)[number]

const SETTINGS: Readonly<Record<StageName, unknown>> = {
  base: PRETRAINING,
  weaver: [PRETRAINING, WEAVER],
  trigger: [PRETRAINING, WEAVER, TRIGGER],
  baseline: [PRETRAINING, BASELINE],
}

const cacheRoot = join(import.meta.dirname, '../.cache/demo')
const installed = join(import.meta.dirname, '../resources/demo-model')

/** Where a stage's result is, or will be. */
export function resultOf(name: StageName): string {
  return stageDirectory(cacheRoot, { name, settings: SETTINGS[name] })
}

const runs: Readonly<Record<StageName, Stage['run']>> = {
  base: (directory, onProgress) => pretrain(directory, PRETRAINING, onProgress),
  weaver: (directory, onProgress) => weave(directory, resultOf('base'), WEAVER, onProgress),
  trigger: (directory, onProgress) => trainTrigger(directory, resultOf('base'), resultOf('weaver'), TRIGGER, onProgress),
  baseline: (directory, onProgress) => trainBaseline(directory, resultOf('base'), BASELINE, onProgress),
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { from: { type: 'string' }, until: { type: 'string' }, install: { type: 'boolean', default: false } } })
  const [from, until] = [indexOf(values.from ?? 'baseline', values.from === undefined), indexOf(values.until ?? 'baseline', false)]
  for (const [index, name] of STAGES.entries()) {
    if (index > until) break
    await runStage(cacheRoot, { name, settings: SETTINGS[name], run: runs[name] }, { isForced: index >= from })
  }
  if (values.install) install()
}

function indexOf(name: string, isAbsent: boolean): number {
  if (isAbsent) return STAGES.length
  const index = (STAGES as readonly string[]).indexOf(name)
  if (index < 0) throw new Error(`expected a stage (${STAGES.join(', ')}), found ${name}`)
  return index
}

/** The app opens on this model. */
function install(): void {
  rmSync(installed, { recursive: true, force: true })
  for (const [part, stage] of [['base', 'base'], ['memgen', 'trigger']] as const) {
    const source = resultOf(stage)
    if (!existsSync(source)) throw new Error(`stage ${stage} has no result yet`)
    for (const name of readdirSync(source)) if (name !== 'training.jsonl') cpSync(join(source, name), join(installed, part, name), { recursive: true })
  }
  for (const part of ['weaver', 'trigger']) nameBase(join(installed, 'memgen', part, part, 'adapter_config.json'))
  console.log(`installed in ${installed}`)
}

/** The adapter names the folder it was trained on, which nobody else has; its base lies beside it. */
function nameBase(path: string): void {
  const config = JSON.parse(readFileSync(path, 'utf8')) as object
  writeFileSync(path, `${JSON.stringify({ ...config, base_model_name_or_path: 'base' }, null, 2)}\n`)
}

if (import.meta.main) await main()
