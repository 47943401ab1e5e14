/**
 * @file Our decoding over llama.cpp's, as npm ships it (node-llama-cpp, its prebuilt CPU library, its own defaults). The model is written as
 * GGUF: F32, Q8_0 or Q4_0 for every matrix, the tied table among them, as ours are. llama.cpp keeps its cache in float16, ours is float32.
 */
import { join } from 'node:path'
import type { Precision } from '../../src/shared/domain/model.ts'
import { benchModelLocation } from '../bench-model.ts'
import { writeQwen2Gguf } from '../peers/qwen2-gguf.ts'
import type { Measure } from './measure.ts'
import { measureOverPeer } from './over-peer.ts'

const keys = { f32: 'over_llamacpp', q8: 'over_llamacpp_q8', q4: 'over_llamacpp_q4' } as const satisfies Record<Precision, string>

export function measureOverLlamacpp(precision: Precision): Measure {
  return measureOverPeer({
    key: keys[precision],
    title: `Over llama.cpp, ${precision}`,
    precision,
    aim: { atLeast: 1 },
    prepare: (options) => {
      options.say(`writing ${precision} weights as GGUF, once`)
      const path = writeQwen2Gguf(benchModelLocation(options).reasonerDir, join(options.cacheDir, `llamacpp-${options.layers}-layers`), precision)
      return { script: 'llamacpp-process.ts', args: [path, `${options.threads}`] }
    },
  })
}
