/** @file How far two points are from each other, squared. Does not know what they stand for. */

/** Between `columns` numbers from `left[leftStart]` and as many from `right[rightStart]`. */
export function squaredDistance(left: ArrayLike<number>, leftStart: number, right: ArrayLike<number>, rightStart: number, columns: number): number {
  let sum = 0
  for (let d = 0; d < columns; d++) {
    const difference = left[leftStart + d]! - right[rightStart + d]!
    sum += difference * difference
  }
  return sum
}
