/** @file For each point its nearest others so far, nearest first. It does not know how candidates are found. */
export class NeighborLists {
  readonly count: number
  /** [points, count] row-major; -1 where a place is free. */
  readonly indices: Int32Array<ArrayBuffer>
  /** [points, count], squared Euclidean; Infinity where a place is free. */
  readonly distances: Float64Array<ArrayBuffer>
  /** [points, count]: 1 for an entry that nobody has looked further from. */
  readonly isNew: Uint8Array<ArrayBuffer>

  constructor(rows: number, count: number) {
    this.count = count
    this.indices = new Int32Array(rows * count).fill(-1)
    this.distances = new Float64Array(rows * count).fill(Infinity)
    this.isNew = new Uint8Array(rows * count)
  }

  /** The distance below which another point would enter the list. */
  limitOf(row: number): number {
    return this.distances[(row + 1) * this.count - 1]!
  }

  /** @returns whether it was near enough and not there already */
  offer(row: number, other: number, distance: number): boolean {
    const start = row * this.count
    let place = start + this.count - 1
    if (distance >= this.distances[place]!) return false
    for (let i = start; i <= place; i++) if (this.indices[i] === other) return false
    for (; place > start && this.distances[place - 1]! > distance; place--) {
      this.indices[place] = this.indices[place - 1]!
      this.distances[place] = this.distances[place - 1]!
      this.isNew[place] = this.isNew[place - 1]!
    }
    this.indices[place] = other
    this.distances[place] = distance
    this.isNew[place] = 1
    return true
  }
}
