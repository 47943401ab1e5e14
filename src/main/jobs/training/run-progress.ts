/** @file A run as it is after an event. It does not know where events come from or go to. */
import type { TrainingEvent } from '../../../shared/domain/training-event.ts'
import type { TrainingRun } from '../../../shared/domain/training-run.ts'

/** Steps whose mean duration predicts the rest: enough to smooth, few enough to notice a change of pace. */
const RECENT_STEPS = 20

/** Keeps a run up to date without reading it from the log at each step. */
export class RunProgress {
  #run: TrainingRun
  readonly #recentMs: number[] = []

  constructor(run: TrainingRun) {
    this.#run = run
  }

  get run(): TrainingRun {
    return this.#run
  }

  /** Takes over what the log says, such as after a change of status. */
  replace(run: TrainingRun): void {
    this.#run = run
  }

  /** What an event changes besides the status, which the log derives. */
  apply(event: TrainingEvent): void {
    switch (event.kind) {
      case 'started':
        this.#recentMs.length = 0
        this.#change({ step: event.fromStep, totalSteps: event.totalSteps, remainingMs: null })
        return
      case 'step':
        this.#recentMs.push(event.elapsedMs)
        if (this.#recentMs.length > RECENT_STEPS) this.#recentMs.shift()
        this.#change({ step: event.step, remainingMs: this.#predict(event.step) })
        return
      case 'checkpoint':
        this.#change({ lastCheckpoint: { step: event.step, path: event.path, isBest: event.isBest } })
        return
      default: // says nothing about how far the run is
    }
  }

  #predict(step: number): number | null {
    const { totalSteps } = this.#run
    if (totalSteps === null) return null
    const meanMs = this.#recentMs.reduce((sum, ms) => sum + ms, 0) / this.#recentMs.length
    return meanMs * Math.max(0, totalSteps - step)
  }

  #change(changes: Partial<TrainingRun>): void {
    this.#run = { ...this.#run, ...changes }
  }
}

/** Whether this event is the last of its attempt. */
export function isLastEvent({ kind }: TrainingEvent): boolean {
  return kind === 'finished' || kind === 'stopped' || kind === 'failed'
}
