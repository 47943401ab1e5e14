/** @file The demo model at other precisions, with the real engine: what is written beside the log, what records say, and that memory is given back. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { forkEngine } from '../../src/main/engine-host/index.ts'
import { createApp, type App } from '../../src/main/server/index.ts'
import type { ModelId, TraceId } from '../../src/shared/domain/identifiers.ts'
import { runConfigSchema } from '../../src/shared/domain/run-config.ts'
import { advanceAndHear, lastState } from '../support/session-bench.ts'

const root = resolve(import.meta.dirname, '..', '..')
const modelId = 'bundled-demo-qwen2' as ModelId
const question = 'Start with 6, then mib, plus 2, tarn. What is the last digit?'

let dir: string
let app: App
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'memgen-placed-'))
  app = await createApp({ dataDir: dir, resourcesDir: join(root, 'resources'), shell: 'browser', placement: { device: 'cpu' }, startEngine: () => forkEngine(join(root, 'src', 'main', 'engine', 'entry.ts')) })
})
afterAll(async () => {
  await app.dispose()
  rmSync(dir, { recursive: true })
})

async function generate(): Promise<TraceId> {
  const { sessions } = app.context
  const { header } = await sessions.open({ modelId, prompt: { kind: 'messages', messages: [{ role: 'user', content: question }] }, config: runConfigSchema.parse({ maxNewTokens: 32, policy: { kind: 'trigger' } }) })
  expect(lastState(await advanceAndHear(sessions, header.id, { until: 'end' }))).toEqual({ kind: 'finished', finish: 'eos' })
  return header.id
}

test('8-bit weights are written once and answer as the model does; a re-run in f32 names both', async () => {
  const { sessions, log, engine } = app.context
  await sessions.load(modelId, { device: 'cpu', precision: 'q8' })
  const sideFiles = (): string[] => readdirSync(join(dir, 'weights')).filter((name) => name.includes('q8'))
  expect(sideFiles()).toHaveLength(1)
  const traceId = await generate()
  const trace = await log.getTrace(traceId)
  expect(trace?.header.placement).toEqual({ device: 'cpu', precision: 'q8' })
  expect(trace?.steps.map(({ text }) => text).join('')).toContain(String.raw`\boxed{4}`)
  expect((await sessions.certify(traceId)).device).toBe('cpu q8')

  if (engine.status.kind !== 'ready') throw new Error('the engine should be ready')
  const { pid } = engine.status
  await sessions.unload(modelId)
  await sessions.load(modelId, { device: 'cpu', precision: 'f32' })
  expect(engine.status).toMatchObject({ kind: 'ready', loadedModels: [{ modelId, device: 'cpu', precision: 'f32', fallback: null }] })
  expect(engine.status).not.toMatchObject({ pid })
  expect(await sessions.certify(traceId)).toMatchObject({ device: 'cpu f32, recorded on cpu q8' })
  expect(sideFiles()).toHaveLength(1)
})

test('memory is estimated for every placement, less for fewer bits', async () => {
  const { devices, modelLibrary } = app.context
  const model = await modelLibrary.find(modelId)
  if (model === null) throw new Error('the demo model should be listed')
  const { estimates, availableBytes } = await devices.estimate(model)
  const weightsAt = (precision: string): number => estimates.find((estimate) => estimate.device === 'cpu' && estimate.precision === precision)?.weightsBytes ?? 0
  expect(weightsAt('q8')).toBeLessThan(weightsAt('f32'))
  expect(weightsAt('q4')).toBeLessThan(weightsAt('q8'))
  expect(availableBytes).toBeGreaterThan(0)
})
