/** @file Steps that are logged together. It does not know the log, nor whose steps they are. */
import type { RecordedStep } from '../log/index.ts'

export interface StepBatchOptions {
  /**
   * The least time between two batches. A page that follows a run draws every 50 ms, so that nobody waits for it.
   * @default 32
   */
  readonly intervalMs?: number
  /**
   * Steps of a batch at most; a step with its latents can take a megabyte, and what a small model computes in a tenth of a second is one commit.
   * @default 128
   */
  readonly maxSteps?: number
}

/**
 * A commit waits for the disk as long as a small model computes a step, and nearly as long for one step as for ten. So a step that comes
 * alone is logged at once, and those that follow within the interval wait for its end.
 */
export class StepBatch {
  readonly #log: (steps: readonly RecordedStep[]) => void
  readonly #intervalMs: number
  readonly #maxSteps: number
  #waiting: RecordedStep[] = []
  #flushedAtMs = -Infinity
  #timer: NodeJS.Timeout | null = null

  /** @param log takes the steps in their order */
  constructor(log: (steps: readonly RecordedStep[]) => void, { intervalMs = 32, maxSteps = 128 }: StepBatchOptions = {}) {
    this.#log = log
    this.#intervalMs = intervalMs
    this.#maxSteps = maxSteps
  }

  /** @param steps that came together stay together */
  add(steps: readonly RecordedStep[]): void {
    for (const recorded of steps) {
      this.#waiting.push(recorded)
      if (this.#waiting.length >= this.#maxSteps) this.flush()
    }
    if (this.#waiting.length === 0) return
    const leftMs = this.#flushedAtMs + this.#intervalMs - performance.now()
    if (leftMs <= 0) this.flush()
    else this.#timer ??= setTimeout(() => this.flush(), leftMs)
  }

  /** Hands over what waits. */
  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    if (this.#waiting.length === 0) return
    const steps = this.#waiting
    this.#waiting = []
    this.#flushedAtMs = performance.now()
    this.#log(steps)
  }
}
