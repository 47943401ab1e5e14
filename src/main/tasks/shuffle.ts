/** @file A seeded order of samples. Does not know what is in it or why it is shuffled. */
import { createHash } from 'node:crypto'
import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus'

/**
 * The items in an order drawn with equal probability from all orders (Fisher and Yates; Durstenfeld, CACM 7 (1964), algorithm 235).
 * @param seed any whole number
 * @param purpose keeps apart orders that are drawn with one seed, such as a split and an epoch
 */
export function shuffle<T>(items: readonly T[], seed: number, purpose: string): T[] {
  // Hashed because the generator's own seeding takes 32 bits, and seeds beyond would draw the same order.
  const digest = createHash('sha256').update(JSON.stringify([seed, purpose])).digest()
  const generator = xoroshiro128plusFromState([0, 4, 8, 12].map((offset) => digest.readInt32BE(offset)))
  const shuffled = [...items]
  for (let last = shuffled.length - 1; last > 0; last--) {
    const drawn = uniformInt(generator, 0, last)
    const item = shuffled[last]!
    shuffled[last] = shuffled[drawn]!
    shuffled[drawn] = item
  }
  return shuffled
}
