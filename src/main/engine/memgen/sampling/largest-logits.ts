/** @file Finds the largest logits in one pass. Does not know what they are wanted for. */
import { rejectNonFinite } from './non-finite-logits-error.ts'

/**
 * Ids of the `count` largest logits, largest first, the lower id first among equals.
 * @param logits `[vocab] float32`
 * @param count at least 1
 * @throws NonFiniteLogitsError
 */
export function findLargest(logits: Float32Array, count: number): number[] {
  const largest: number[] = []
  const check = scan(logits, { start: 0, end: logits.length }, count, largest)
  if (check !== 0) rejectNonFinite(logits)
  return largest
}

/**
 * As {@link findLargest} for finite logits of which the largest of each block of equal length is known already.
 * @param blockMax `[blocks] float32`
 */
export function findLargestInBlocks(logits: Float32Array, blockMax: Float32Array, count: number): number[] {
  const blockLength = logits.length / blockMax.length
  // That many blocks hold a logit at least as large as the least of their largest, so a block below it holds none that counts.
  const threshold = count > blockMax.length ? -Infinity : (blockMax[findLargest(blockMax, count)[count - 1] ?? 0] ?? 0)
  const largest: number[] = []
  for (let block = 0; block < blockMax.length; block += 1) {
    if ((blockMax[block] ?? NaN) < threshold) continue
    scan(logits, { start: block * blockLength, end: (block + 1) * blockLength }, count, largest)
  }
  return largest
}

/**
 * Puts the ids of `range` into the list of the largest so far; ranges come in ascending order. Most values fail the one comparison
 * with the smallest of the list. Returns 0 unless a value is NaN or infinite, which is cheaper than asking for each value.
 */
function scan(logits: Float32Array, { start, end }: { start: number; end: number }, count: number, largest: number[]): number {
  let threshold = largest.length === count ? (logits[largest[count - 1] ?? 0] ?? 0) : -Infinity
  let check = 0
  for (let id = start; id < end; id += 1) {
    const logit = logits[id] ?? NaN
    check += logit * 0
    if (logit <= threshold) continue
    let place = largest.length
    while (place > 0 && logit > (logits[largest[place - 1] ?? 0] ?? 0)) place -= 1
    largest.splice(place, 0, id)
    if (largest.length > count) largest.pop()
    if (largest.length === count) threshold = logits[largest[count - 1] ?? 0] ?? 0
  }
  return check
}
