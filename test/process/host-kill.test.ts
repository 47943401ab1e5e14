/** @file The whole host with the real engine and a real log, killed in the middle of a generation. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { forkEngine } from '../../src/main/engine-host/index.ts'
import { createApp, type App } from '../../src/main/server/index.ts'
import type { TraceId } from '../../src/shared/domain/identifiers.ts'
import { runConfigSchema } from '../../src/shared/domain/run-config.ts'

const root = (path: string): string => new URL(`../../${path}`, import.meta.url).pathname
let dir: string
let app: App

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'memgen-kill-'))
  app = await createApp({ dataDir: dir, resourcesDir: root('resources'), shell: 'browser', placement: { device: 'cpu' }, startEngine: () => forkEngine(root('src/main/engine/entry.ts')) })
})
afterAll(async () => {
  await app.dispose()
  await rm(dir, { recursive: true })
})

/** The steps heard until `enough` of them, or until the session ends. */
async function hear(traceId: TraceId, enough: number): Promise<number[]> {
  const tokenIds: number[] = []
  for await (const event of await app.context.sessions.subscribe(traceId)) {
    if (event.kind === 'step') tokenIds.push(event.step.tokenId)
    if (tokenIds.length === enough) break
  }
  return tokenIds
}

test('kill -9 of the real engine keeps every logged step, and a restart with the same seed draws the same tokens', async () => {
  const { sessions, engine, modelLibrary, log } = app.context
  const model = await modelLibrary.add({ name: 'qwen2 case', location: { reasonerDir: root('test/golden/qwen2/base'), checkpointDir: root('test/golden/qwen2/memgen') } })
  // Hot enough that the end of text stays one of 296 equal chances, and a seed that meets it late: steps are heard many at a time.
  const config = runConfigSchema.parse({ seed: 25, maxNewTokens: 2_000, sampling: { doSample: true, temperature: 50 }, policy: { kind: 'always' }, maxInferenceAugNum: 3 })
  const { header } = await sessions.open({ modelId: model.id, prompt: { kind: 'text', text: 'Hello' }, config })
  const hearing = hear(header.id, Infinity)
  await sessions.advance(header.id, { until: 'end' })
  await hear(header.id, 5)
  if (engine.status.kind !== 'ready') throw new Error('the engine should be ready')
  process.kill(engine.status.pid, 'SIGKILL')
  const heard = await hearing

  const trace = await log.getTrace(header.id)
  expect(heard.length).toBeGreaterThanOrEqual(5)
  expect(trace?.steps.map(({ tokenId }) => tokenId)).toEqual(heard)
  expect(trace?.header).toMatchObject({ finish: null, stepCount: heard.length, error: null })
  expect(sessions.state(header)).toMatchObject({ kind: 'recorded', reason: expect.stringContaining('signal SIGKILL') as string })

  const again = await sessions.restart(header.id)
  await sessions.advance(again.header.id, { until: 'end' })
  expect(await hear(again.header.id, heard.length)).toEqual(heard)
})
