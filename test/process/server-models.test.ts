/** @file The RPC room `models` where placement is concerned: what is remembered, estimated, measured, loaded and refused. The engine is a fake one. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRouterClient } from '@orpc/server'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { forkEngine } from '../../src/main/engine-host/index.ts'
import { createApp, type App, type AppOptions } from '../../src/main/server/index.ts'
import type { ModelId } from '../../src/shared/domain/identifiers.ts'

const fakeEngine = new URL('../support/fake-engine.ts', import.meta.url).pathname
const bundled = 'bundled-demo-qwen2' as ModelId
let dir: string
let app: App
const modelsOf = ({ router, context }: App) => createRouterClient(router, { context }).models

async function start(options: Partial<AppOptions> = {}): Promise<void> {
  app = await createApp({ dataDir: dir, resourcesDir: '/app/resources', shell: 'browser', startEngine: () => forkEngine(fakeEngine), ...options })
}

async function restart(options: Partial<AppOptions> = {}): Promise<void> {
  await app.dispose()
  await start(options)
}

const addModel = async (reasonerDir: string): Promise<ModelId> => (await app.context.modelLibrary.add({ name: 'mine', location: { reasonerDir } })).id
const placementsOf = async () => (await modelsOf(app).list()).map(({ id, placement }) => [id, placement.device, placement.precision])

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'memgen-server-models-'))
  process.env['FAKE_ENGINE_DEVICES'] = 'cpu,webgpu'
  await start()
})
afterEach(async () => {
  await app.dispose()
  rmSync(dir, { recursive: true })
  delete process.env['FAKE_ENGINE_DEVICES']
})

test('a placement is remembered for own and bundled models, and what is loaded stays until it is loaded again', async () => {
  const own = await addModel('/models/tiny')
  expect(await modelsOf(app).load({ modelId: own })).toMatchObject({ device: 'webgpu', precision: 'f32', fallback: null })
  expect(await modelsOf(app).place({ modelId: own, placement: { device: 'cpu', precision: 'q8' } })).toMatchObject({ id: own, placement: { device: 'cpu', precision: 'q8' } })
  await modelsOf(app).place({ modelId: bundled, placement: { device: 'webgpu', precision: 'q4' } })
  await app.context.sessions.requireModel(own)
  expect(app.context.engine.status).toMatchObject({ loadedModels: [{ modelId: own, device: 'webgpu', precision: 'f32' }] })
  expect(await modelsOf(app).load({ modelId: own })).toMatchObject({ device: 'cpu', precision: 'q8' })
  await restart()
  expect(await placementsOf()).toEqual([
    [bundled, 'webgpu', 'q4'],
    ['bundled-sample-qwen2', 'auto', 'f32'],
    [own, 'cpu', 'q8'],
  ])
  await expect(modelsOf(app).place({ modelId: 'nowhere', placement: { device: 'cpu', precision: 'f32' } })).rejects.toMatchObject({ code: 'MODEL_NOT_FOUND' })
})

test('what the command line asks for stands above what is remembered, until a model is placed anew', async () => {
  await modelsOf(app).place({ modelId: bundled, placement: { device: 'webgpu', precision: 'q4' } })
  await restart({ placement: { device: 'cpu' } })
  expect((await placementsOf())[0]).toEqual([bundled, 'cpu', 'q4'])
  await modelsOf(app).place({ modelId: bundled, placement: { device: 'auto', precision: 'q8' } })
  expect(await placementsOf()).toEqual([
    [bundled, 'auto', 'q8'],
    ['bundled-sample-qwen2', 'cpu', 'f32'],
  ])
})

test('devices are measured once, also by hand, and what was found is there after a restart', async () => {
  const modelId = await addModel('/models/no-gpu')
  expect(await modelsOf(app).calibration({ modelId, precision: 'f32' })).toBeNull()
  expect(await modelsOf(app).load({ modelId })).toMatchObject({ device: 'cpu', fallback: null })
  const found = await modelsOf(app).calibrate({ modelId, precision: 'f32' })
  expect(found).toMatchObject({ shape: 'fake /models/no-gpu', speeds: [{ device: 'cpu', decodeTokensPerSecond: 10 }], unavailable: [{ device: 'webgpu', reason: 'no adapter' }] })
  await restart()
  expect(await modelsOf(app).calibration({ modelId, precision: 'f32' })).toEqual(found)
  expect(await modelsOf(app).calibration({ modelId, precision: 'q8' })).toBeNull()
})

test('memory is estimated for each device and precision', async () => {
  const { estimates, availableBytes } = await modelsOf(app).estimate({ modelId: await addModel('/models/tiny') })
  expect(estimates.map(({ device, precision }) => `${device} ${precision}`)).toEqual(['cpu f32', 'cpu q8', 'cpu q4', 'webgpu f32', 'webgpu q8', 'webgpu q4'])
  expect(availableBytes).toBe(1e9)
})

test('a model that fits nowhere is refused with the numbers, and one that fits the CPU alone goes there', async () => {
  const tooLarge = await addModel('/models/too-large')
  await expect(modelsOf(app).load({ modelId: tooLarge, placement: { device: 'webgpu', precision: 'f32' } })).rejects.toMatchObject({ code: 'MEMORY_INSUFFICIENT', status: 507, data: { device: 'cpu', neededBytes: 8e9, availableBytes: 2e9 } })
  const small = await addModel('/models/small-gpu')
  const loaded = await modelsOf(app).load({ modelId: small, placement: { device: 'webgpu', precision: 'f32' } })
  expect(loaded).toMatchObject({ device: 'cpu', fallback: { device: 'webgpu', reason: 'It would take 8.0 GB of memory, and 2.0 GB are free.' } })
})

test('unloading frees the process, and says nothing of a loss', async () => {
  await modelsOf(app).load({ modelId: bundled })
  const kinds = new Set<string>()
  app.context.engine.onStatus(({ kind }) => kinds.add(kind))
  await modelsOf(app).unload({ modelId: bundled })
  await modelsOf(app).load({ modelId: bundled })
  expect(app.context.engine.status).toMatchObject({ kind: 'ready', loadedModels: [{ modelId: bundled }] })
  expect(kinds).not.toContain('lost')
})
