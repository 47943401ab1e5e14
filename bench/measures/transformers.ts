/**
 * @file Our decoding over that of transformers.js (npm @huggingface/transformers) on the CPU, float32, from an ONNX export of the same weights.
 */
import { join } from 'node:path'
import { benchModelLocation } from '../bench-model.ts'
import { writeTransformersModel } from '../peers/transformers-model.ts'
import { measureOverPeer } from './over-peer.ts'

export const measureOverTransformers = measureOverPeer({
  key: 'over_transformers',
  title: 'Over transformers.js, f32',
  precision: 'f32',
  aim: { atLeast: 2 },
  prepare: (options) => {
    const directory = writeTransformersModel(benchModelLocation(options).reasonerDir, join(options.cacheDir, `transformers-${options.layers}-layers`))
    return { script: 'transformers-process.ts', args: [directory, `${options.threads}`] }
  },
})
