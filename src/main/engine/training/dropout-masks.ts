/** @file Which inputs of adapters survive dropout in one step. Knows neither graph nor adapter. */
import type { RandomStream } from '../memgen/sampling/random-streams.ts'
import { boolTensor, type Tensor } from '../runtime/graph-session.ts'
import { dropoutName } from './training-parameters.ts'

export class DropoutMasks {
  readonly #probability: number
  readonly #random: Pick<RandomStream, 'next'>

  /** @param random gives numbers in [0, 1); the same stream gives the same masks */
  constructor(probability: number, random: Pick<RandomStream, 'next'>) {
    this.#probability = probability
    this.#random = random
  }

  /** Fresh masks [tokens, width] for each module. */
  feeds(widths: ReadonlyMap<string, number>, tokens: number): Record<string, Tensor> {
    return Object.fromEntries([...widths].map(([module, width]) => [dropoutName(module), boolTensor(this.#draw(tokens * width), [tokens, width])]))
  }

  #draw(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => (this.#random.next() < this.#probability ? 0 : 1))
  }
}
