/** @file The RPC room `training` from end to end: configuration, start, watching, halting, naming, the trash, and refusals as declared codes. The engine is a fake one. */
import { createRouterClient } from '@orpc/server'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { forkEngine } from '../../src/main/engine-host/index.ts'
import { createApp, type App } from '../../src/main/server/index.ts'

const fakeEngine = new URL('../support/fake-engine.ts', import.meta.url).pathname
let dir: string
let app: App
const clientOf = ({ router, context }: App) => createRouterClient(router, { context }).training

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'memgen-app-'))
  mkdirSync(join(dir, 'base'))
  app = await createApp({ dataDir: dir, resourcesDir: '/app/resources', shell: 'browser', startEngine: () => forkEngine(fakeEngine) })
})
afterEach(async () => {
  await app.dispose()
  rmSync(dir, { recursive: true })
})

const text = 'model: {model_name: base}\ndataset: {name: plain, train_file: train.jsonl}\nrun: {weaver: {sft: {max_steps: 4, bf16: True}}}'

test('a file becomes a config, the config a run, and the run can be watched to its end', async () => {
  const training = clientOf(app)
  const { config, warnings } = await training.readConfig({ text, folder: dir })
  expect(warnings).toEqual(['bf16 has no effect: training computes in float32.'])
  expect(config).toMatchObject({ model: { reasonerDir: join(dir, 'base') }, dataset: { trainFile: join(dir, 'train.jsonl') }, optimisation: { maxSteps: 4 } })
  expect(await training.parameters({ config })).toMatchObject({ trainableCount: 32 })
  const { id } = await training.start({ config, name: 'first' })
  const kinds: string[] = []
  for await (const message of await training.events({ runId: id })) kinds.push(message.kind === 'event' ? message.event.kind : message.kind)
  expect(kinds[0]).toBe('record')
  expect(kinds.at(-1)).toBe('finished')
  expect(await training.get({ runId: id })).toMatchObject({ run: { name: 'first', status: 'finished' }, steps: [{ step: 1 }, { step: 2 }, { step: 3 }, { step: 4 }] })
  expect(await training.list()).toMatchObject([{ id, status: 'finished' }])
})

test('changes tell of every run until the listener leaves', async () => {
  const training = clientOf(app)
  const leaving = new AbortController()
  const changes = await training.changes(undefined, { signal: leaving.signal })
  const first = changes.next()
  const { config } = await training.readConfig({ text, folder: dir })
  const { id } = await training.start({ config })
  expect((await first).value).toMatchObject({ id, status: 'queued' })
  leaving.abort()
})

test('a run that has ended gets another name, goes into the trash and comes back with all that was recorded', async () => {
  const training = clientOf(app)
  const { config } = await training.readConfig({ text, folder: dir })
  const { id } = await training.start({ config, name: 'first' })
  for await (const _ of await training.events({ runId: id }));
  expect(await training.annotate({ runId: id, name: 'the good one', isTrashed: true })).toMatchObject({ name: 'the good one', trashedAt: expect.any(Number) as number })
  expect(await training.list()).toMatchObject([{ id, name: 'the good one', status: 'finished', trashedAt: expect.any(Number) as number }])
  expect(await training.annotate({ runId: id, isTrashed: false })).toMatchObject({ name: 'the good one', trashedAt: null })
  expect((await training.get({ runId: id })).steps).toHaveLength(4)
  await expect(training.annotate({ runId: 'none', isTrashed: true })).rejects.toMatchObject({ code: 'TRAINING_RUN_NOT_FOUND' })
})

test('refusals arrive as declared codes with data', async () => {
  const training = clientOf(app)
  await expect(training.get({ runId: 'none' })).rejects.toMatchObject({ code: 'TRAINING_RUN_NOT_FOUND', status: 404, data: { runId: 'none' } })
  await expect(training.readConfig({ text: 'datasets: {mode: sft}', folder: dir, file: 'a.yaml' })).rejects.toMatchObject({
    code: 'TRAINING_CONFIG_INVALID',
    data: { problems: [{ place: 'a.yaml:1', key: 'datasets.mode', problem: 'there is no such key; the nearest is dataset.mode' }] },
  })
  const { config } = await training.readConfig({ text, folder: dir })
  const { id } = await training.start({ config })
  for await (const _ of await training.events({ runId: id }));
  await expect(training.pause({ runId: id })).rejects.toMatchObject({ code: 'TRAINING_CONFLICT', status: 409, data: { runId: id } })
  await expect(training.start({ config })).rejects.toMatchObject({ code: 'TRAINING_CONFLICT' })
})
