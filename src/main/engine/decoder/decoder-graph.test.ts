/** @file The forward graph takes what its configuration asks for, whatever else the weight file holds. */
import { fromBinary } from '@bufbuild/protobuf'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readBaseModel, type TensorLocation } from '../checkpoint/index.ts'
import { ModelProtoSchema } from '../onnx/generated/onnx_pb.js'
import { buildDecoderGraph } from './decoder-graph.ts'

const { config, weights } = readBaseModel(join(import.meta.dirname, '../../../../test/golden/llama/base'))

function initializers(locations: ReadonlyMap<string, TensorLocation>): string[] {
  const model = fromBinary(ModelProtoSchema, buildDecoderGraph(config, locations, { loraModules: new Set() }).model)
  return (model.graph?.initializer ?? []).map(({ name }) => name)
}

test('a bias that the configuration does not have is ignored though the file holds one', () => {
  const norm = weights.tensors.get('model.norm.weight')
  if (norm === undefined) throw new Error('the golden case llama has no final norm')
  const stray = 'model.layers.0.self_attn.q_proj.bias'
  const locations = new Map(weights.tensors).set(stray, { ...norm, name: stray })
  expect(config.attentionBias).toBe('none')
  expect(initializers(locations)).not.toContain(stray)
  expect(initializers(locations)).toEqual(initializers(weights.tensors))
})
