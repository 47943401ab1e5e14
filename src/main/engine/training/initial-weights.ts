/** @file Weights of a model that was not trained yet, drawn from a seed as the libraries draw them. Knows no files. */
import { expectedTensors, type DecoderConfig } from '../checkpoint/index.ts'
import type { RandomStream } from '../memgen/sampling/random-streams.ts'
import { elementCount } from '../tensor/dtype.ts'
import type { ParameterEntry } from './parameter-set.ts'
import { seededStream } from './seeded-stream.ts'

/**
 * All parameters of a decoder: matrices from N(0, initializerRange), biases 0, norms 1
 * (transformers, `_init_weights` of the supported families). Each tensor has a stream of its own, so one more layer changes no other.
 */
export function drawBaseWeights(config: DecoderConfig, initializerRange: number, seed: number): ParameterEntry[] {
  return [...expectedTensors(config)].map(([name, shape]) => {
    const data = new Float32Array(elementCount(shape))
    if (name.endsWith('norm.weight')) data.fill(1)
    else if (!name.endsWith('.bias')) fillNormal(data, initializerRange, seededStream(seed, 'initial weights', name))
    return { name, shape, data }
  })
}

/** Numbers from N(0, deviation), two at a time (Box and Muller). */
export function fillNormal(target: Float32Array, deviation: number, random: Pick<RandomStream, 'next'>): void {
  for (let index = 0; index < target.length; index += 2) {
    const radius = deviation * Math.sqrt(-2 * Math.log(1 - random.next()))
    const angle = 2 * Math.PI * random.next()
    target[index] = radius * Math.cos(angle)
    if (index + 1 < target.length) target[index + 1] = radius * Math.sin(angle)
  }
}

/** Numbers from U(-bound, bound). */
export function fillUniform(target: Float32Array, bound: number, random: Pick<RandomStream, 'next'>): void {
  for (let index = 0; index < target.length; index++) target[index] = bound * (2 * random.next() - 1)
}
