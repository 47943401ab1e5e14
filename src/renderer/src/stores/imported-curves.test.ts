/** @file Choosing curves of other programs, and throwing them away. */
import { createPinia } from 'pinia'
import { createApp, shallowRef } from 'vue'
import { expect, test } from 'vitest'
import { importedCurvesIdSchema, type ImportedCurves, type ImportedCurvesId } from '../../../shared/domain/imported-curves.ts'
import type { Client } from '../api/client.ts'
import { provideHost } from './host.ts'
import { useImportedCurvesStore } from './imported-curves.ts'

const first = importedCurvesIdSchema.parse('first')
const second = importedCurvesIdSchema.parse('second')
const curvesOf = (id: ImportedCurvesId): ImportedCurves => ({ id, name: `${id} run`, path: '/runs', tags: [id], createdAt: 0 })

async function setUp(importedSeries = ({ id }: { id: ImportedCurvesId }) => Promise.resolve({ series: [{ tag: id, steps: Float64Array.of(1), values: Float64Array.of(2) }] })) {
  const training = { importedCurves: () => Promise.resolve({ curves: [curvesOf(first), curvesOf(second)] }), importedSeries, removeImportedCurves: () => Promise.resolve() }
  const app = createApp({})
  app.use(createPinia())
  provideHost(app, { client: { training } as unknown as Client, connection: shallowRef({ kind: 'connected' }) }) // the store calls nothing else
  const store = app.runWithContext(() => useImportedCurvesStore())
  await store.refresh()
  return store
}

test('nothing lies beside a run until it is chosen, and then it is the latest choice', async () => {
  const store = await setUp()
  await store.choose(null)
  expect(store.series).toBeNull()
  await Promise.all([store.choose(second), store.choose(first)])
  expect(store.series?.map(({ tag }) => tag)).toEqual(['first'])
})

test('curves that are thrown away are gone from the list and from beside the run', async () => {
  const store = await setUp()
  await store.choose(first)
  await store.remove()
  expect([store.list?.map(({ id }) => id), store.chosen, store.series]).toEqual([['second'], null, null])
  expect(store.message).toContain('first run is in the trash')
})

test('a failure to read is told', async () => {
  const store = await setUp(() => Promise.reject(new Error('the log is busy')))
  await store.choose(second)
  expect(store.failure?.happened).toBe('the log is busy')
  expect(store.series).toBeNull()
})
