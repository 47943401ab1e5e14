/** @file What a checkpoint begins as: by seed, without effect where PEFT begins without one, and refused where it cannot be. */
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { trainingDefaults } from '../../../shared/domain/training-defaults.ts'
import { readBaseModel } from '../checkpoint/index.ts'
import { freshCheckpoint } from './fresh-checkpoint.ts'

const { config } = readBaseModel(join(import.meta.dirname, '../../../../test/golden/qwen2/base'))
const bases = { reasoner: config, weaver: config, trigger: config }
const settings = (change: object = {}, seed = 1) => {
  const { model } = trainingDefaults('weaver', 'sft')
  return { seed, model: { reasonerDir: 'base', ...model, ...change } as never }
}

test('the same seed draws the same checkpoint, another seed another one', () => {
  const queries = (seed: number) => freshCheckpoint('out', bases, settings({}, seed)).weaver.promptQueryLatents.data
  expect(queries(1)).toEqual(queries(1))
  expect(queries(1)).not.toEqual(queries(2))
})

test('adapters begin without effect: B is 0 and A is not', () => {
  const { weaver, trigger } = freshCheckpoint('out', bases, settings())
  for (const adapter of [weaver.adapter, trigger.adapter]) {
    expect(adapter?.modules.size).toBe(2 * config.numHiddenLayers)
    for (const { a, b, scaling } of adapter?.modules.values() ?? []) {
      expect(b.data.every((value) => value === 0)).toBe(true)
      expect(a.data.some((value) => value !== 0)).toBe(true)
      expect(scaling).toBe(2)
    }
  }
})

test('projections begin as the identity where asked, which needs equal sizes', () => {
  const { projections } = freshCheckpoint('out', bases, settings({ projectionInit: 'identity' }))
  const { weight, bias } = projections.weaverToReasoner
  expect(weight.data.filter((value) => value === 1)).toHaveLength(config.hiddenSize)
  expect(bias.data.every((value) => value === 0)).toBe(true)
  const wide = { ...bases, weaver: { ...config, hiddenSize: 64 } }
  expect(() => freshCheckpoint('out', wide, settings({ projectionInit: 'identity' }))).toThrow('model.projectionInit: expected pytorch, since reasoner_to_weaver maps 48 numbers to 64, found identity')
})

test('target modules that the model does not have are refused with those it has', () => {
  const weaverLora = { r: 2, loraAlpha: 4, loraDropout: 0, targetModules: ['c_attn'] }
  expect(() => freshCheckpoint('out', bases, settings({ weaverLora }))).toThrow(/model\.weaverLora\.targetModules: expected some of self_attn\.q_proj, .*, found c_attn/)
})
