/** @file What stops a run besides its goal; it may change while the run is under way. It does not know the engine or the log. */
import { createBreakpointJudge, type BreakpointJudge } from '../../shared/debugging/index.ts'
import type { Breakpoint } from '../../shared/domain/breakpoint.ts'
import type { RecordedStep } from '../log/index.ts'

/** Whoever changes breakpoints has heard of all but the latest steps; one that is further behind misses hits of the steps in between. */
const REMEMBERED_STEPS = 128

export class RunBreakpoints {
  #judge: BreakpointJudge['judge']
  readonly #recent: RecordedStep[] = []
  /** A breakpoint that came too late for the step that it stops at. */
  #late: string | null = null
  #canStop: boolean

  /** @param generatedText of the steps before the run */
  constructor(breakpoints: readonly Breakpoint[], generatedText: string) {
    this.#judge = createBreakpointJudge(breakpoints, { generatedText }).judge
    this.#canStop = breakpoints.some(stopsRuns)
  }

  /** Whether any step at all may stop the run. */
  get canStop(): boolean {
    return this.#canStop || this.#late !== null
  }

  /** Counts a step of the run; the id of the breakpoint that stops it here, null where none does. */
  stopAt(recorded: RecordedStep): string | null {
    this.#recent.push(recorded)
    if (this.#recent.length > REMEMBERED_STEPS) this.#recent.shift()
    const { stoppedBy } = this.#judge(recorded.step, recorded.weave)
    const late = this.#late
    this.#late = null
    return late ?? stoppedBy
  }

  /**
   * Others from now on. Steps from `fromStep` on are judged again, and where one of them would have stopped the run it stops at its next step.
   * @param breakpoints with their hits before `fromStep`
   * @param texts of the steps that are logged, from the first on
   */
  replace(breakpoints: readonly Breakpoint[], fromStep: number, texts: readonly string[]): void {
    const { judge } = createBreakpointJudge(breakpoints, { generatedText: texts.slice(0, fromStep).join('') })
    const stops = this.#recent.filter(({ step }) => step.index >= fromStep).map(({ step, weave }) => judge(step, weave).stoppedBy)
    this.#judge = judge
    this.#canStop = breakpoints.some(stopsRuns)
    this.#late = stops.find((id) => id !== null) ?? null
  }
}

function stopsRuns({ isEnabled, log }: Breakpoint): boolean {
  return isEnabled && log === null
}
