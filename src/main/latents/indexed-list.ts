/** @file A list without repetitions, in the order things were first asked for. It does not know what it lists. */
export class IndexedList<Item> {
  readonly items: Item[] = []
  readonly #places = new Map<Item, number>()

  /** Where the item stands; one that is new is added at the end. */
  indexOf(item: Item): number {
    const known = this.#places.get(item)
    if (known !== undefined) return known
    this.#places.set(item, this.items.length)
    return this.items.push(item) - 1
  }
}
