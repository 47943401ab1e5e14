/** @file At most so many of a stream of unknown length, evenly spread over it. It does not know what it draws. */
export class EvenDraw<Item> {
  readonly #limit: number
  #kept: Item[] = []
  #stride = 1
  #offered = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  /** How many there were. */
  get offered(): number {
    return this.#offered
  }

  /** Keeps every so many-th item: twice as many as are wanted at most, so that the final choice is even too. */
  offer(item: Item): void {
    if (this.#offered++ % this.#stride !== 0) return
    this.#kept.push(item)
    if (this.#kept.length <= 2 * this.#limit) return
    this.#kept = this.#kept.filter((_, index) => index % 2 === 0)
    this.#stride *= 2
  }

  /** In the order they came. */
  take(): Item[] {
    const count = Math.min(this.#limit, this.#kept.length)
    return Array.from({ length: count }, (_, i) => this.#kept[Math.floor((i * this.#kept.length) / count)] as Item) // the index is below the length
  }
}
