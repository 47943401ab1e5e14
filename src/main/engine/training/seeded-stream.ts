/** @file Random streams of a training run, one for each purpose. Does not know what is drawn with them. */
import { createHash } from 'node:crypto'
import { restoreStream, type RandomStream } from '../memgen/sampling/random-streams.ts'

/**
 * A stream that depends on its seed and purpose alone, for instance `seededStream(seed, 'batches', epoch)`: what else was drawn
 * before, or in which order, changes nothing, so a resumed run needs no generator states for it.
 */
export function seededStream(seed: number, ...purpose: readonly (string | number)[]): RandomStream {
  // JSON keeps the parts apart: no two different purposes give one text.
  const digest = createHash('sha256').update(JSON.stringify([seed, ...purpose])).digest()
  return restoreStream([0, 4, 8, 12].map((offset) => digest.readInt32BE(offset)))
}

/** Shuffles in place (Fisher and Yates), every order equally likely. */
export function shuffle<T>(items: T[], random: Pick<RandomStream, 'next'>): T[] {
  for (let last = items.length - 1; last > 0; last--) {
    const other = Math.floor(random.next() * (last + 1))
    const moved = items[last]!
    items[last] = items[other]!
    items[other] = moved
  }
  return items
}
