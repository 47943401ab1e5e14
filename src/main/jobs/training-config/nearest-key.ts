/** @file The real key that a wrong one was probably meant to be. It does not know which keys are real. */
import { distance } from 'fastest-levenshtein'

/** A slip in the name weighs more than one in the sections above it: a right name under a wrong section is a common mistake. */
const NAME_WEIGHT = 2

/** @param keys dotted, at least one */
export function findNearestKey(wrong: string, keys: readonly string[]): string {
  const cost = (key: string): number => NAME_WEIGHT * difference(nameOf(wrong), nameOf(key)) + difference(sectionOf(wrong), sectionOf(key))
  return keys.reduce((best, key) => (cost(key) < cost(best) ? key : best))
}

const nameOf = (key: string): string => key.slice(key.lastIndexOf('.') + 1)
const sectionOf = (key: string): string => key.slice(0, Math.max(0, key.lastIndexOf('.')))

/** Share of letters to change, 0-1: in a long name a few more do not make another word. */
function difference(one: string, other: string): number {
  return distance(one, other) / Math.max(one.length, other.length, 1)
}
