/** @file Gathers what arrives between two animation frames and hands it on at once. It does not know what it carries. */

export interface FrameBatch<Item> {
  push(item: Item): void
  /** Items not handed on yet. */
  pending(): readonly Item[]
  /** Drops what was not handed on. */
  clear(): void
}

/** A hidden page gets no frames: items wait there until it is shown again. */
export function createFrameBatch<Item>(flush: (items: Item[]) => void, schedule: (run: () => void) => void = (run) => void requestAnimationFrame(run)): FrameBatch<Item> {
  let items: Item[] = []
  let isScheduled = false

  function run(): void {
    isScheduled = false
    const batch = items
    items = []
    if (batch.length > 0) flush(batch)
  }

  return {
    push(item) {
      items.push(item)
      if (isScheduled) return
      isScheduled = true
      schedule(run)
    },
    pending: () => items,
    clear() {
      items = []
    },
  }
}
