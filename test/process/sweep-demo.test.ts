/** @file A sweep over the bundled demo model with the real engine: what it finds, and that the debugger's generation is the same. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { forkEngine } from '../../src/main/engine-host/index.ts'
import { createApp } from '../../src/main/server/index.ts'
import { runConfigSchema } from '../../src/shared/domain/run-config.ts'
import type { SweepOutcome } from '../../src/shared/domain/sweep.ts'
import { sweepStatistics } from '../../src/shared/sweep/sweep-statistics.ts'

const root = resolve(import.meta.dirname, '..', '..')

test('every subset of a batch gives what it gives alone in the debugger, and without memory the answer is wrong', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'memgen-sweep-demo-'))
  const app = await createApp({ dataDir, resourcesDir: join(root, 'resources'), shell: 'browser', placement: { device: 'cpu' }, startEngine: () => forkEngine(join(root, 'src', 'main', 'engine', 'entry.ts')) })
  try {
    const { sweeps, sessions, library, log } = app.context
    const model = (await library.list()).find(({ examples }) => examples.length > 0)
    if (model === undefined) throw new Error('no bundled model has an example')
    // Sampled: the same draws are made whatever else is in the batch.
    const request = {
      modelId: model.id,
      prompt: { kind: 'messages' as const, messages: [{ role: 'user' as const, content: model.examples[0]?.userMessage ?? '' }] },
      config: runConfigSchema.parse({ maxNewTokens: 48, sampling: { doSample: true, temperature: 0.3 } }),
      reference: '4',
      reward: 'boxed' as const,
      maxSubsetCandidates: 3,
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
      const events = await sessions.subscribe(header.id)
      await sessions.advance(header.id, { until: 'end' })
      for await (const _ of events);
      const trace = await log.getTrace(header.id)
      return { text: trace?.steps.map((step) => step.text).join('') ?? '', insertions: trace?.weaves.length ?? 0 }
    }
    for (const outcome of [outcomes[0], outcomes[2], outcomes.at(-1)]) {
      if (outcome === undefined) throw new Error('the sweep has too few outcomes')
      const alone = await generateAlone(outcome)
      expect(alone.text.startsWith(outcome.text)).toBe(true)
      expect(alone.insertions).toBe(outcome.insertionCount)
    }
  } finally {
    await app.dispose()
    rmSync(dataDir, { recursive: true })
  }
})
