/** @file Seeded numbers, cheap enough for the hundreds of millions a layout takes. It does not know what is drawn with them. */
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'

export interface RandomNumbers {
  /** In [0, 1), of 32 bits. */
  next(): number
  /** From 0 to below `count`; a count of a million is favoured unevenly by less than 1 in 4,000. */
  below(count: number): number
}

/** @param seed 32 bits */
export function createRandomNumbers(seed: number): RandomNumbers {
  const generator = xoroshiro128plus(seed)
  const next = (): number => (generator.next() >>> 0) / 2 ** 32
  return { next, below: (count) => Math.floor(next() * count) }
}
