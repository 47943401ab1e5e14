/** @file A stage of the demo's training: done once for its settings, found again by their hash. Knows no stage. */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Heard after each step; `values` are shown as they are called. */
export type StageProgress = (progress: { readonly step: number; readonly steps: number; readonly values: Readonly<Record<string, number>> }) => void

export interface Stage {
  readonly name: string
  /** All that its result depends on, the settings of earlier stages included. */
  readonly settings: unknown
  readonly run: (directory: string, onProgress: StageProgress) => Promise<void>
}

/** The folder of a stage's result; the same settings have the same one. */
export function stageDirectory(root: string, { name, settings }: Pick<Stage, 'name' | 'settings'>): string {
  const hash = createHash('sha256').update(JSON.stringify(settings)).digest('hex').slice(0, 12)
  return join(root, `${name}-${hash}`)
}

/** Runs a stage unless its result is there. A result appears whole: it is written beside its place and renamed. */
export async function runStage(root: string, stage: Stage, { isForced = false } = {}): Promise<string> {
  const directory = stageDirectory(root, stage)
  if (existsSync(directory) && !isForced) {
    console.log(`${stage.name}: done before, in ${directory}`)
    return directory
  }
  const partial = `${directory}.partial`
  rmSync(partial, { recursive: true, force: true })
  mkdirSync(partial, { recursive: true })
  const startedAt = Date.now()
  const lines: string[] = []
  await stage.run(partial, (progress) => {
    if (progress.step !== progress.steps && progress.step % 50 !== 0) return
    const elapsed = (Date.now() - startedAt) / 1000
    const values = Object.entries(progress.values).map(([name, value]) => `${name} ${value.toFixed(4)}`)
    const left = (elapsed / progress.step) * (progress.steps - progress.step)
    console.log(`${stage.name}: step ${progress.step} of ${progress.steps}, ${values.join(', ')}, ${formatSeconds(elapsed)} gone, ${formatSeconds(left)} left`)
    lines.push(JSON.stringify({ step: progress.step, seconds: Math.round(elapsed), ...progress.values }))
  })
  writeFileSync(join(partial, 'training.jsonl'), `${lines.join('\n')}\n`)
  rmSync(directory, { recursive: true, force: true })
  renameSync(partial, directory)
  return directory
}

function formatSeconds(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`
}
