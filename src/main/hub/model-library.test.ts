/** @file The library offers bundled and own models under ids that stay. */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { baseDomainHeldOut } from '../../../demo/domains/base-domain.ts'
import { newDomainHeldOut } from '../../../demo/domains/new-domain.ts'
import type { ModelId } from '../../shared/domain/identifiers.ts'
import type { ModelEntry, PlacementChoice } from '../../shared/domain/model.ts'
import { addToLibrary, listLibrary, type ModelStore, resolveModel } from './model-library.ts'

const resourcesDir = fileURLToPath(new URL('../../../resources', import.meta.url))

function emptyStore(placements = new Map<ModelId, PlacementChoice>()): ModelStore {
  const models = new Map<string, Omit<ModelEntry, 'placement'>>()
  return {
    listPlacements: () => Promise.resolve(placements),
    listModels: () => Promise.resolve([...models.values()]),
    addModel(model) {
      const entry = { ...model, isBundled: false, examples: [] }
      models.set(model.id, entry)
      return Promise.resolve(entry)
    },
  }
}

it('offers the demo model first and then the sample, with their files in place and plain labels', async () => {
  const bundled = await listLibrary(emptyStore(), resourcesDir)
  expect(bundled).toMatchObject([
    { id: 'bundled-demo-qwen2', isBundled: true, label: expect.stringContaining('made-up problems') as string },
    { id: 'bundled-sample-qwen2', isBundled: true, label: expect.stringContaining('random weights') as string },
  ])
  for (const { location } of bundled) {
    expect(existsSync(join(location.reasonerDir, 'config.json'))).toBe(true)
    expect(existsSync(join(location.checkpointDir ?? '', 'weaver.bin'))).toBe(true)
  }
})

it('offers held-out problems of both domains as examples of the demo model', async () => {
  const [demo] = await listLibrary(emptyStore(), resourcesDir)
  const questions = [...newDomainHeldOut(20), ...baseDomainHeldOut(20)].map(({ messages }) => messages[0].content)
  expect(questions).toEqual(expect.arrayContaining(demo?.examples.map(({ userMessage }) => userMessage) ?? []))
  expect(demo?.examples).toHaveLength(4)
})

it('lists own models after the bundled ones and resolves both by id', async () => {
  const store = emptyStore()
  const own = await addToLibrary(store, { name: 'Mine', location: { reasonerDir: '/models/base' } })
  expect((await listLibrary(store, resourcesDir)).map(({ isBundled }) => isBundled)).toEqual([true, true, false])
  expect(await resolveModel(store, resourcesDir, own.id)).toEqual(own)
  expect((await resolveModel(store, resourcesDir, 'bundled-sample-qwen2' as ModelId))?.isBundled).toBe(true)
  expect(await resolveModel(store, resourcesDir, 'gone' as ModelId)).toBeUndefined()
})

it('says of each model where it was placed, of the others that the fastest device is taken', async () => {
  const placements = new Map<ModelId, PlacementChoice>([['bundled-sample-qwen2' as ModelId, { device: 'cpu', precision: 'q8' }]])
  const store = emptyStore(placements)
  const own = await addToLibrary(store, { name: 'Mine', location: { reasonerDir: '/models/base' } })
  placements.set(own.id, { device: 'webgpu', precision: 'f32' })
  const models = await listLibrary(store, resourcesDir)
  expect(models.map(({ placement }) => placement)).toEqual([{ device: 'auto', precision: 'f32' }, { device: 'cpu', precision: 'q8' }, { device: 'webgpu', precision: 'f32' }])
  expect(await addToLibrary(store, { name: 'Renamed', location: { reasonerDir: '/models/base' } })).toMatchObject({ placement: { device: 'webgpu' } })
})

it('gives the same folders the same id, however their path is written, and other folders another', async () => {
  const store = emptyStore()
  const first = await addToLibrary(store, { name: 'Mine', location: { reasonerDir: 'models/base', checkpointDir: 'models/memgen' } })
  const again = await addToLibrary(store, { name: 'Renamed', location: { reasonerDir: './models/../models/base', checkpointDir: resolve('models/memgen') } })
  const other = await addToLibrary(store, { name: 'Other', location: { reasonerDir: 'models/base', weaverDir: 'models/memgen' } })
  expect(again.id).toBe(first.id)
  expect(other.id).not.toBe(first.id)
  expect(again.location).toEqual({ reasonerDir: resolve('models/base'), checkpointDir: resolve('models/memgen') })
})
