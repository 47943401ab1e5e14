/** @file Seeded choices that depend on what they are for, never on the order of calls elsewhere. Does not know what is chosen. */
import { createStream } from '../../src/main/engine/memgen/sampling/random-streams.ts'

export interface Draws {
  /** An integer, both ends included. */
  int(from: number, to: number): number
  pick<T>(items: readonly T[]): T
  /** A new list in random order. */
  shuffle<T>(items: readonly T[]): T[]
  /** True with this probability. */
  chance(probability: number): boolean
}

/** Draws named by a purpose: the same seed, purpose and index draw the same values, whatever was drawn before. */
export function createDraws(seed: number, purpose: string, index = 0): Draws {
  const stream = createStream({ seed, sampleId: `${index}`, repeat: 0 }, purpose)
  const int = (from: number, to: number): number => from + Math.floor(stream.next() * (to - from + 1))
  return {
    int,
    pick: (items) => items[int(0, items.length - 1)]!,
    shuffle(items) {
      const shuffled = [...items]
      for (let last = shuffled.length - 1; last > 0; last--) {
        const other = int(0, last)
        const kept = shuffled[last]!
        shuffled[last] = shuffled[other]!
        shuffled[other] = kept
      }
      return shuffled
    },
    chance: (probability) => stream.next() < probability,
  }
}
