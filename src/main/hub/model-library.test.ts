/** @file The library offers bundled and own models under ids that stay. */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import type { ModelId } from '../../shared/domain/identifiers.ts'
import type { ModelEntry } from '../../shared/domain/model.ts'
import { addToLibrary, listLibrary, type ModelStore, resolveModel } from './model-library.ts'

const resourcesDir = fileURLToPath(new URL('../../../resources', import.meta.url))

function emptyStore(): ModelStore {
  const models = new Map<string, ModelEntry>()
  return {
    listModels: () => Promise.resolve([...models.values()]),
    addModel(model) {
      const entry = { ...model, isBundled: false }
      models.set(model.id, entry)
      return Promise.resolve(entry)
    },
  }
}

it('offers the bundled sample, with its files in place and a plain label', async () => {
  const [sample] = await listLibrary(emptyStore(), resourcesDir)
  expect(sample).toMatchObject({ id: 'bundled-sample-qwen2', isBundled: true, label: expect.stringContaining('random weights') as string })
  expect(existsSync(join(sample?.location.reasonerDir ?? '', 'config.json'))).toBe(true)
  expect(existsSync(join(sample?.location.checkpointDir ?? '', 'weaver.bin'))).toBe(true)
})

it('lists own models after the bundled ones and resolves both by id', async () => {
  const store = emptyStore()
  const own = await addToLibrary(store, { name: 'Mine', location: { reasonerDir: '/models/base' } })
  expect((await listLibrary(store, resourcesDir)).map(({ isBundled }) => isBundled)).toEqual([true, false])
  expect(await resolveModel(store, resourcesDir, own.id)).toEqual(own)
  expect((await resolveModel(store, resourcesDir, 'bundled-sample-qwen2' as ModelId))?.isBundled).toBe(true)
  expect(await resolveModel(store, resourcesDir, 'gone' as ModelId)).toBeUndefined()
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
