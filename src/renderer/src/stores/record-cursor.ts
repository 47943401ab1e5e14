/** @file Where "here" is in a trace's record, and walking over it with the same stops as a live run. It does not know the engine or the log. */
import { computed, shallowRef, type Ref } from 'vue'
import type { WeaveId } from '../../../shared/domain/identifiers.ts'
import type { AdvanceUntil, PendingStep } from '../../../shared/domain/session.ts'
import type { Step } from '../../../shared/domain/step.ts'
import type { StepOverview, WeaveOverview } from '../../../shared/domain/trace-columns.ts'
import type { EvaluatedStep } from '../../../shared/debugging/index.ts'
import type { Weave } from '../../../shared/domain/weave.ts'
import type { TraceDetails } from './trace-details.ts'
import { phaseAfter, replayPhase, walkRecord } from './walk-record.ts'

/** Breakpoints over recorded steps. */
export interface Judge {
  /** Whether more of a step is wanted than the columns hold. */
  needsDetails: boolean
  /** The id of the breakpoint that stops at a step; null where none does. Called once for each step, in order. */
  stops(step: EvaluatedStep, weave: WeaveOverview | null): string | null
}

export function createRecordCursor(steps: Readonly<Ref<readonly StepOverview[]>>, weaveById: Readonly<Ref<ReadonlyMap<WeaveId, WeaveOverview>>>, details: TraceDetails) {
  /** The step shown as current; -1 before the first. Steps after it are the record that lies ahead. */
  const cursor = shallowRef(-1)
  const isWalking = shallowRef(false)
  const stoppedBy = shallowRef<string | null>(null)
  /** The phase of the step after the cursor that is shown as done. */
  const replayedPhase = shallowRef<PendingStep['phase'] | null>(null)
  const isAtEnd = computed(() => cursor.value === steps.value.length - 1)
  /** The step after the cursor between its phases, as it was recorded. */
  const replayed = computed<PendingStep | null>(() => {
    const step = replayedPhase.value === null || isAtEnd.value ? null : details.step(cursor.value + 1)
    if (step === null || replayedPhase.value === null) return null
    return replayPhase(step, weaveOf(step), replayedPhase.value)
  })
  let walking = new AbortController()

  function weaveOf(step: Step): Weave | null {
    return step.weaveId === null ? null : details.weave(step.weaveId, step.index)
  }

  /** Goes forward in the record. False when it ended before anything stopped the walk: the engine's turn. */
  async function walk(until: AdvanceUntil, stopAfter: number | null, judge: Judge | null): Promise<boolean> {
    stoppedBy.value = null
    if (until === 'phase') return walkPhase()
    walking = new AbortController()
    const { signal } = walking
    isWalking.value = true
    const ending = await walkRecord(steps.value, cursor.value, { until, stopAfter, judge: judge && ((index) => judgeAt(index, judge)), signal })
    // Another trace is on screen, or another walk under way.
    if (walking.signal !== signal) return true
    isWalking.value = false
    moveTo(ending.cursor)
    stoppedBy.value = ending.stoppedBy
    return ending.isStopped
  }

  function walkPhase(): boolean {
    const next = steps.value[cursor.value + 1]
    if (next === undefined) return false
    const after = phaseAfter(replayedPhase.value, next)
    if (after === 'whole') moveTo(next.index)
    else replayedPhase.value = after
    return true
  }

  async function judgeAt(index: number, judge: Judge): Promise<string | null> {
    const overview = steps.value[index]
    if (overview === undefined) return null
    const step = judge.needsDetails ? ((await details.load(index)) ?? overview) : overview
    return judge.stops(step, overview.weaveId === null ? null : (weaveById.value.get(overview.weaveId) ?? null))
  }

  /** Makes a recorded step current, -1 being the prompt's end. */
  function moveTo(index: number): void {
    replayedPhase.value = null
    stoppedBy.value = null
    cursor.value = Math.max(-1, Math.min(index, steps.value.length - 1))
  }

  /** To the step's beginning where one of its phases is shown, else a step. */
  function stepBack(): void {
    moveTo(replayedPhase.value === null ? cursor.value - 1 : cursor.value)
  }

  /** Ends a walk where it stands. */
  function stop(): void {
    walking.abort()
  }

  /** Another trace: what is under way is given up. */
  function reset(): void {
    walking.abort()
    walking = new AbortController()
    isWalking.value = false
    moveTo(-1)
  }

  return { cursor, isAtEnd, isWalking, stoppedBy, replayed, walk, moveTo, stepBack, stop, reset }
}
