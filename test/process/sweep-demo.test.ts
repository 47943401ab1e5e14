/** @file A sweep over the bundled demo model with the real engine: what it finds, and that the debugger's generation is the same. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { forkEngine } from '../../src/main/engine-host/index.ts'
import { createApp, type App } from '../../src/main/server/index.ts'
import type { TraceId } from '../../src/shared/domain/identifiers.ts'
import type { ModelEntry } from '../../src/shared/domain/model.ts'
import { runConfigSchema } from '../../src/shared/domain/run-config.ts'
import type { SweepOutcome } from '../../src/shared/domain/sweep.ts'
import type { ResultOrigin, Trace } from '../../src/shared/domain/trace.ts'
import { sweepStatistics } from '../../src/shared/sweep/sweep-statistics.ts'
import { fakeRecord } from '../support/fake-record.ts'
import { recordEvaluation } from '../support/recorded-evaluation.ts'

const root = resolve(import.meta.dirname, '..', '..')

let dataDir: string
let app: App
let model: ModelEntry
beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'memgen-sweep-demo-'))
  app = await createApp({ dataDir, resourcesDir: join(root, 'resources'), shell: 'browser', placement: { device: 'cpu' }, startEngine: () => forkEngine(join(root, 'src', 'main', 'engine', 'entry.ts')) })
  const bundled = (await app.context.modelLibrary.list()).find(({ examples }) => examples.length > 0)
  if (bundled === undefined) throw new Error('no bundled model has an example')
  model = bundled
})
afterAll(async () => {
  await app.dispose()
  rmSync(dataDir, { recursive: true })
})

async function generateToEnd(traceId: TraceId): Promise<{ text: string; insertions: number }> {
  const { sessions, log } = app.context
  const events = await sessions.subscribe(traceId)
  await sessions.advance(traceId, { until: 'end' })
  for await (const _ of events);
  return read(await log.getTrace(traceId))
}

const read = (trace: Trace | undefined): { text: string; insertions: number } => ({ text: trace?.steps.map((step) => step.text).join('') ?? '', insertions: trace?.weaves.length ?? 0 })

test('every subset of a batch gives what it gives alone in the debugger, and without memory the answer is wrong', async () => {
  const { sweeps, sessions } = app.context
  // Sampled: the same draws are made whatever else is in the batch.
  const request = {
    modelId: model.id,
    prompt: { kind: 'messages' as const, messages: [{ role: 'user' as const, content: model.examples[0]?.userMessage ?? '' }] },
    config: runConfigSchema.parse({ maxNewTokens: 48, sampling: { doSample: true, temperature: 0.3 } }),
    reference: '4',
    reward: 'boxed' as const,
    maxSubsetCandidates: 3,
    origin: null,
  }
  const forecast = await sweeps.forecast(request)
  const { id } = await sweeps.start(request)
  for await (const _ of await sweeps.subscribe(id));
  const { sweep, outcomes } = await sweeps.get(id)
  expect(sweep).toMatchObject({ status: 'finished', error: null, candidateLabels: forecast.candidateLabels, total: forecast.total, done: forecast.total })
  const statistics = sweepStatistics(outcomes, sweep)
  expect(statistics).toMatchObject({ isComplete: true, worst: { candidates: [], score: 0 } })

  async function generateAlone({ candidates }: SweepOutcome): Promise<{ text: string; insertions: number }> {
    const { header } = await sessions.open({ modelId: request.modelId, prompt: request.prompt, config: { ...request.config, policy: { kind: 'candidates', ordinals: candidates } } })
    return generateToEnd(header.id)
  }
  for (const outcome of [outcomes[0], outcomes[2], outcomes.at(-1)]) {
    if (outcome === undefined) throw new Error('the sweep has too few outcomes')
    const alone = await generateAlone(outcome)
    expect(alone.text.startsWith(outcome.text)).toBe(true)
    expect(alone.insertions).toBe(outcome.insertionCount)
  }
})

test('a sweep of a replayed result draws as the result did, and an outcome of it opens as a branch of the replay', async () => {
  const { sweeps, sessions, log } = app.context
  const [run] = await recordEvaluation(log.evaluations, { runs: 1, samples: 1 })
  if (run === undefined) throw new Error('a run should have been recorded')
  const replayed = {
    modelId: model.id,
    // Nothing that it was trained on: it is sure of no answer, so the draws decide.
    prompt: { kind: 'messages' as const, messages: [{ role: 'user' as const, content: 'Once, upon a time. What then,' }] },
    config: runConfigSchema.parse({ maxNewTokens: 24, policy: { kind: 'prompt-only' }, sampling: { doSample: true, temperature: 1 } }),
    origin: { runId: run.id, sampleId: 'sample-0', repeat: 1, turn: 1 },
  }
  const { traceId } = await sessions.replay({ ...replayed, record: fakeRecord('', 'none') })
  const recorded = await log.getTrace(traceId)

  const sweep = async (origin: ResultOrigin | null): Promise<SweepOutcome[]> => {
    const { id } = await sweeps.start({ ...replayed, origin, config: recorded?.header.config ?? replayed.config, reference: null, reward: 'boxed', maxSubsetCandidates: 0 })
    for await (const _ of await sweeps.subscribe(id));
    return (await sweeps.get(id)).outcomes
  }
  const outcomes = await sweep(replayed.origin)
  const textOf = (of: readonly SweepOutcome[], candidates: string): string | undefined => of.find((outcome) => outcome.candidates.join() === candidates)?.text
  const unchanged = textOf(outcomes, '0') ?? ''
  expect(unchanged).not.toBe('')
  expect(read(recorded).text.startsWith(unchanged)).toBe(true)
  expect(textOf(await sweep(null), '0')).not.toBe(unchanged)

  const { header } = await sessions.fork({ traceId, stepIndex: 0, change: { kind: 'config', config: { ...replayed.config, policy: { kind: 'candidates', ordinals: [] } } } })
  const withoutMemory = await generateToEnd(header.id)
  expect(withoutMemory.insertions).toBe(0)
  expect(withoutMemory.text.startsWith(textOf(outcomes, '') ?? 'none')).toBe(true)
})
