/** @file What inputs of adapters are multiplied by in one step. Knows neither graph nor adapter. */
import type { RandomStream } from '../memgen/sampling/random-streams.ts'
import { float32Tensor, type Tensor } from '../runtime/graph-session.ts'
import { dropoutName } from './training-parameters.ts'

/** Nothing is dropped and nothing grows: evaluation, and policies that are only asked. */
export const noDropout = { feeds: (widths: ReadonlyMap<string, number>, tokens: number) => maskFeeds(widths, tokens, () => 1) }

/** Where masks come from. */
export type Dropout = Pick<DropoutMasks, 'feeds'>

export class DropoutMasks {
  readonly #probability: number
  readonly #random: Pick<RandomStream, 'next'>

  /** @param random gives numbers in [0, 1); the same stream gives the same masks */
  constructor(probability: number, random: Pick<RandomStream, 'next'>) {
    this.#probability = probability
    this.#random = random
  }

  /** Fresh masks [tokens, width] for each module; survivors grow so that the expectation stays (torch.nn.Dropout). */
  feeds(widths: ReadonlyMap<string, number>, tokens: number): Record<string, Tensor> {
    const survivor = 1 / (1 - this.#probability)
    return maskFeeds(widths, tokens, () => (this.#random.next() < this.#probability ? 0 : survivor))
  }
}

function maskFeeds(widths: ReadonlyMap<string, number>, tokens: number, draw: () => number): Record<string, Tensor> {
  const mask = (width: number): Tensor => float32Tensor(Float32Array.from({ length: tokens * width }, draw), [tokens, width])
  return Object.fromEntries([...widths].map(([module, width]) => [dropoutName(module), mask(width)]))
}
