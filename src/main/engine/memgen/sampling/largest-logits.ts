/** @file Finds the largest logits in one pass. Does not know what they are wanted for. */
import { rejectNonFinite } from './non-finite-logits-error.ts'

/**
 * Ids of the `count` largest logits, largest first, the lower id first among equals. Most values fail the one comparison with the
 * smallest of them.
 * @param logits `[vocab] float32`
 * @param count at least 1
 * @throws NonFiniteLogitsError
 */
export function findLargest(logits: Float32Array, count: number): number[] {
  const largest: number[] = []
  let threshold = -Infinity
  // Stays 0 unless a value is NaN or infinite; cheaper than asking for each value.
  let check = 0
  for (let id = 0; id < logits.length; id += 1) {
    const logit = logits[id] ?? NaN
    check += logit * 0
    if (logit <= threshold) continue
    let place = largest.length
    while (place > 0 && logit > (logits[largest[place - 1] ?? 0] ?? 0)) place -= 1
    largest.splice(place, 0, id)
    if (largest.length > count) largest.pop()
    if (largest.length === count) threshold = logits[largest[count - 1] ?? 0] ?? 0
  }
  if (check !== 0) rejectNonFinite(logits)
  return largest
}
