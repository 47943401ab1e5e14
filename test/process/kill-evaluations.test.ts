/**
 * @file The app killed at random moments of an evaluation of the demo model: what it had told is in the log, once, and the next app goes on
 * to the same results. `KILLS=50 npx vitest run --project process test/process/kill-evaluations.test.ts` kills it fifty times.
 */
import Database from 'better-sqlite3'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createStream } from '../../src/main/engine/memgen/sampling/random-streams.ts'
import { openLog } from '../../src/main/log/index.ts'
import type { ExperimentRequestInput } from '../../src/shared/domain/evaluation.ts'
import type { EvaluationRunId } from '../../src/shared/domain/experiment-ids.ts'

const script = fileURLToPath(new URL('../support/evaluation-app.ts', import.meta.url))
const resourcesDir = fileURLToPath(new URL('../../resources', import.meta.url))

const KILLS = Number(process.env['KILLS'] ?? 5)
/** Named in the output: the same seed chooses the same moments, as far as a machine repeats itself. */
const SEED = Number(process.env['KILL_SEED'] ?? 1)
/** Enough that the last kill still finds something to do. */
const SAMPLES = 8 + 9 * KILLS
/** Longer than an app takes to begin, so that some die before their first result. */
const LONGEST_START_MS = 2_500
/** Within a few steps of the engine after a result. */
const LONGEST_PAUSE_MS = 60
const MOST_RESULTS = 6

const grid: ExperimentRequestInput = {
  name: 'killed',
  models: ['bundled-demo-qwen2'],
  tasks: [{ name: 'demo-new', source: { kind: 'bundled' }, limit: SAMPLES }],
  arms: [{ policy: { kind: 'trigger' } }, { policy: { kind: 'random', probability: 0.5 }, intervention: { kind: 'random-norm' } }],
  config: { maxNewTokens: 48 },
  batchSize: 4,
}

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'memgen-kills-'))
})
afterEach(() => {
  rmSync(dir, { recursive: true })
})

interface Told {
  kind: 'result' | 'rests'
  runId: string
  sampleId?: string
  repeat?: number
  text?: string
}

/** Lets the app run until it ends or `killer` has it killed. */
async function runApp(dataDir: string, killer: (kill: () => void) => (told: Told) => void = () => () => {}): Promise<Told[]> {
  const child = spawn(process.execPath, [script, dataDir, resourcesDir, JSON.stringify(grid)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const hear = killer(() => child.kill('SIGKILL'))
  const told: Told[] = []
  const lines = createInterface({ input: child.stdout })
  lines.on('line', (line) => {
    // A kill may tear the last line.
    if (!line.endsWith('}')) return
    const event = JSON.parse(line) as Told
    told.push(event)
    hear(event)
  })
  await Promise.all([once(child, 'exit'), once(lines, 'close')])
  return told
}

/** Every other kill comes at any moment of the start, the others a moment after one of the first results. */
function killerOf(kill: number): (end: () => void) => (told: Told) => void {
  const draws = createStream({ seed: SEED, sampleId: `kill ${kill}`, repeat: 0 }, 'policy')
  const [moment, count] = [draws.next(), 1 + Math.floor(draws.next() * MOST_RESULTS)]
  return (end) => {
    const isEarly = kill % 2 === 0
    const timer = isEarly ? setTimeout(end, moment * LONGEST_START_MS) : null
    let heard = 0
    return ({ kind }) => {
      if (kind === 'rests') clearTimeout(timer ?? undefined)
      else if (!isEarly && ++heard === count) setTimeout(end, moment * LONGEST_PAUSE_MS)
    }
  }
}

const keyOf = (run: string, { sampleId, repeat }: { sampleId?: string; repeat?: number }): string => `${run} ${sampleId ?? ''} ${repeat ?? ''}`

/** Texts of every recorded result; the run by its place in the grid. */
async function recordedTexts(dataDir: string): Promise<Map<string, string>> {
  const log = await openLog(join(dataDir, 'memgen.sqlite'))
  try {
    const texts = new Map<string, string>()
    for (const { id, totals } of await log.evaluations.listRuns()) {
      const { results, total } = await log.evaluations.listResults({ runId: id, show: 'all', search: '', offset: 0, limit: 1000 })
      expect(totals.done).toBe(total)
      expect(results).toHaveLength(total)
      for (const result of results) texts.set(keyOf(placeOf(id), result), result.text)
    }
    return texts
  } finally {
    await log.close()
  }
}

const placeOf = (runId: EvaluationRunId | string): string => runId.slice(-4)

function checkIntegrity(dataDir: string): void {
  const path = join(dataDir, 'memgen.sqlite')
  if (!existsSync(path)) return
  const database = new Database(path)
  expect(database.pragma('integrity_check', { simple: true })).toBe('ok')
  database.close()
}

test(
  `killed ${KILLS} times, an evaluation loses no result that was told and repeats none`,
  async () => {
    const undisturbed = join(dir, 'undisturbed')
    await runApp(undisturbed)
    const expected = await recordedTexts(undisturbed)
    expect(expected.size).toBe(2 * SAMPLES)

    const dataDir = join(dir, 'killed')
    const told = new Map<string, string>()
    const hear = (events: readonly Told[]): void => {
      for (const event of events) {
        if (event.kind !== 'result') continue
        const key = keyOf(placeOf(event.runId), event)
        expect(told.has(key), `${key} was told twice`).toBe(false)
        told.set(key, event.text ?? '')
      }
    }
    for (let kill = 0; kill < KILLS; kill++) {
      hear(await runApp(dataDir, killerOf(kill)))
      checkIntegrity(dataDir)
      const recorded = existsSync(join(dataDir, 'memgen.sqlite')) ? await recordedTexts(dataDir) : new Map<string, string>()
      for (const [key, text] of told) expect(recorded.get(key), `${key} after kill ${kill}`).toBe(text)
    }
    expect(told.size).toBeGreaterThan(0)
    expect(told.size).toBeLessThan(expected.size)
    hear(await runApp(dataDir))
    checkIntegrity(dataDir)
    expect(await recordedTexts(dataDir)).toEqual(expected)
  },
  120_000 + 30_000 * KILLS,
)
