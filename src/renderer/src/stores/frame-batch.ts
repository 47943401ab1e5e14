/** @file Gathers what arrives between two animation frames and hands it on at once. It does not know what it carries. */

export interface FrameBatch<Item> {
  push(item: Item): void
  /** Items not handed on yet. */
  pending(): readonly Item[]
  /** Drops what was not handed on. */
  clear(): void
}

export interface FrameBatchOptions {
  /** Milliseconds between two batches at least, asked for at each. @default 0, every frame */
  intervalMs?: () => number
  /** @default requestAnimationFrame, after the interval */
  schedule?: (run: () => void) => void
}

/** A hidden page gets no frames: items wait there until it is shown again. */
export function createFrameBatch<Item>(flush: (items: Item[]) => void, { intervalMs = () => 0, schedule = scheduleFrames(intervalMs) }: FrameBatchOptions = {}): FrameBatch<Item> {
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

function scheduleFrames(intervalMs: () => number): (run: () => void) => void {
  let latest = -Infinity
  return (run) => {
    const frame = (): void => {
      requestAnimationFrame((now) => {
        latest = now
        run()
      })
    }
    const waitMs = latest + intervalMs() - performance.now()
    if (waitMs <= 0) frame()
    else setTimeout(frame, waitMs)
  }
}
