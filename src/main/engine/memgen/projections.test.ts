/** @file Embedding rows and linear maps against a naive computation. */
import { expect, test } from 'vitest'
import { goldenLocation } from '../../../../test/support/golden-model.ts'
import { readBaseModel, readTensor } from '../checkpoint/index.ts'
import { LATENT } from '../runtime/ragged-batch.ts'
import { hostTensor } from '../tensor/host-tensor.ts'
import { EmbeddingTable, LinearProjection } from './projections.ts'

test.each(['qwen2', 'llama'] as const)('%s: tokens give their rows, and latents stand in their own places', async (name) => {
  const { config, weights } = readBaseModel(goldenLocation(name).reasonerDir)
  const location = weights.tensors.get('model.embed_tokens.weight')
  if (location === undefined) throw new Error('no embedding table')
  const { data } = readTensor(location)
  const { hiddenSize } = config
  const rowOf = (id: number): number[] => [...data.subarray(id * hiddenSize, (id + 1) * hiddenSize)]
  const latents = Float32Array.from({ length: 2 * hiddenSize }, (_, index) => index)

  const table = await EmbeddingTable.create(config, weights.tensors)
  const embeds = await table.inputsEmbeds({ ids: [LATENT, 4, 0, LATENT], latents })
  expect([...embeds]).toEqual([...latents.subarray(0, hiddenSize), ...rowOf(4), ...rowOf(0), ...latents.subarray(hiddenSize)])
  await table.release()
})

test('a projection is x weight^T + bias, between different widths', async () => {
  const projection = await LinearProjection.create({
    weight: hostTensor([3, 2], Float32Array.of(1, 0, 0, 1, 1, 1)),
    bias: hostTensor([3], Float32Array.of(10, 20, 30)),
  })
  expect([...(await projection.apply(Float32Array.of(1, 2, 3, 4)))]).toEqual([11, 22, 33, 13, 24, 37])
  await projection.release()
})
