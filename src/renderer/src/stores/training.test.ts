/** @file The list of training runs and its trash, and asking the watched one for something. */
import { createPinia } from 'pinia'
import { createApp, shallowRef } from 'vue'
import { expect, test } from 'vitest'
import { trainingRunIdSchema, type TrainingRun } from '../../../shared/domain/training-run.ts'
import type { Client } from '../api/client.ts'
import { provideHost } from './host.ts'
import { locationOfCheckpoint, useTrainingStore } from './training.ts'

const first = trainingRunIdSchema.parse('first')
// The store looks at these fields only.
const runOf = (id: string, step = 0, trashedAt: number | null = null) => ({ id, step, status: 'running', trashedAt }) as TrainingRun
const silence = () => Promise.resolve((async function* () {})())

function setUp(pause: () => Promise<void> = () => Promise.resolve()) {
  const annotate = ({ runId, isTrashed }: { runId: string; isTrashed: boolean }) => Promise.resolve(runOf(runId, 0, isTrashed ? 5 : null))
  const client = { training: { list: () => Promise.resolve([runOf('first')]), changes: silence, events: silence, pause, annotate } } as unknown as Client // the store calls nothing else
  const app = createApp({})
  app.use(createPinia())
  provideHost(app, { client, connection: shallowRef({ kind: 'connected' }) })
  return app.runWithContext(() => useTrainingStore())
}

test('a run that changes keeps its place, a new one comes first', async () => {
  const store = setUp()
  await store.refresh()
  store.replace(runOf('second'))
  store.replace(runOf('first', 3))
  expect(store.runs?.map(({ id, step }) => [id, step])).toEqual([['second', 0], ['first', 3]])
})

test('a run in the trash leaves the list for that of the trash, until it is restored', async () => {
  const store = setUp()
  await store.refresh()
  await store.annotate(first, { isTrashed: true })
  expect([store.shown, store.trashCount]).toEqual([[], 1])
  store.showsTrash = true
  expect(store.shown?.map(({ id }) => id)).toEqual(['first'])
  await store.annotate(first, { isTrashed: false })
  expect([store.shown, store.trashCount]).toEqual([[], 0])
})

test('a request waits for the run to follow it', async () => {
  const store = setUp()
  store.watch(first)
  await store.act('pause')
  expect(store.requested).toBe('pause')
})

test('a refused request is over, and says why', async () => {
  const store = setUp(() => Promise.reject(new Error('it has ended')))
  store.watch(first)
  await store.act('pause')
  expect(store.requested).toBeNull()
  expect(store.actionFailure?.happened).toBe('it has ended')
})

test('a checkpoint is a model on the bases it was trained on, a pre-trained reasoner the model itself', () => {
  const model = { reasonerDir: '/base', weaverDir: '/weaver' } as TrainingRun['config']['model'] // only where its parts lie counts
  expect(locationOfCheckpoint({ stage: 'weaver', model }, '/run/final')).toEqual({ reasonerDir: '/base', weaverDir: '/weaver', checkpointDir: '/run/final' })
  expect(locationOfCheckpoint({ stage: 'pretrain', model }, '/run/final')).toEqual({ reasonerDir: '/run/final' })
})
