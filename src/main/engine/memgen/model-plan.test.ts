/** @file Which roles share a base: the same folder, however it is named, and no other. */
import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { changedCopy, overwriteTensor, removeCopies } from '../../../../test/support/damaged-folder.ts'
import { goldenLocation } from '../../../../test/support/golden-model.ts'
import type { ModelLocation } from '../../../shared/domain/model.ts'
import { CheckpointFormatError } from '../checkpoint/index.ts'
import { planModel } from './model-plan.ts'

const location = goldenLocation('qwen2')
afterAll(removeCopies)

async function sharing(location: ModelLocation): Promise<string[][]> {
  const { bases } = await planModel(location)
  return bases.map(({ roles }) => [...roles])
}

test('all roles share the base they are given none for, or the same folder for', async () => {
  const all = [['reasoner', 'weaver', 'trigger']]
  expect(await sharing(location)).toEqual(all)
  expect(await sharing({ ...location, weaverDir: location.reasonerDir, triggerDir: location.reasonerDir })).toEqual(all)
})

test('a link to the same folder is the same base', async () => {
  const folder = changedCopy(location.checkpointDir, (copy) => {
    symlinkSync(location.reasonerDir, join(copy, 'link'), 'dir')
  })
  expect(await sharing({ ...location, weaverDir: join(folder, 'link') })).toEqual([['reasoner', 'weaver', 'trigger']])
})

test('a copy of the base with the same bytes is the same base', async () => {
  const copy = changedCopy(location.reasonerDir, () => undefined)
  expect(await sharing({ ...location, weaverDir: copy })).toEqual([['reasoner', 'weaver', 'trigger']])
})

test('a base with other weights is loaded apart', async () => {
  const other = changedCopy(location.reasonerDir, (copy) => {
    overwriteTensor(join(copy, 'model.safetensors'), 'model.layers.3.mlp.down_proj.weight', 0.5, { start: 0, end: 1 })
  })
  expect(await sharing({ ...location, weaverDir: other })).toEqual([['reasoner', 'trigger'], ['weaver']])
  expect(await sharing({ ...location, weaverDir: other, triggerDir: other })).toEqual([['reasoner'], ['weaver', 'trigger']])
})

test('a base model alone has one role and no adapters', async () => {
  const plan = await planModel({ reasonerDir: location.reasonerDir })
  expect(plan).toMatchObject({ checkpoint: undefined, hasTrigger: false })
  expect(plan.bases.map(({ roles, loraModules }) => [roles, loraModules.size])).toEqual([[['reasoner'], 0]])
})

test('a shared base takes the adapters of all its roles', async () => {
  const [base] = (await planModel(location)).bases
  expect([...(base?.loraModules ?? [])]).toEqual(expect.arrayContaining(['layers.0.self_attn.q_proj', 'layers.3.self_attn.v_proj']))
})

test('a checkpoint made for a base of another width is refused', async () => {
  await expect(planModel({ ...location, reasonerDir: goldenLocation('llama').reasonerDir })).rejects.toThrow(CheckpointFormatError)
})
