/**
 * @file The user's breakpoints, kept between visits, and what they make of the trace on screen. Runs ask it for what stops them. It
 * does not know how breakpoints are drawn or which key toggles one.
 */
import { useStorage } from '@vueuse/core'
import { defineStore } from 'pinia'
import { computed, shallowRef, watch } from 'vue'
import { createBreakpointJudge, MAX_SOURCE_LENGTH, needsDetails, needsTwin } from '../../../shared/debugging/index.ts'
import type { Breakpoint } from '../../../shared/domain/breakpoint.ts'
import type { StepOverview } from '../../../shared/domain/trace-columns.ts'
import { breakpointListSerializer, withBreakpoint, withPositionToggled, type NewBreakpoint } from './breakpoint-list.ts'
import { createBreakpointRecord, emptyReading, hitsUpTo, type BreakpointReading } from './breakpoint-record.ts'
import { generatedTail } from './generated-tail.ts'
import type { RunStops } from './run-stops.ts'
import { useSessionStore } from './session.ts'

const STORAGE_KEY = 'memgen.breakpoints'
/** Expressions over details are judged over this many of the latest steps: more would read the whole log of a long trace. */
export const DETAILED_STEPS = 4000
/** Judged in one go before the page may draw again: about ten milliseconds with four breakpoints. */
const STEPS_IN_ONE_GO = 2000

export const useBreakpointsStore = defineStore('breakpoints', () => {
  const session = useSessionStore()
  const breakpoints = useStorage<Breakpoint[]>(STORAGE_KEY, [], undefined, { serializer: breakpointListSerializer, shallow: true })
  const reading = shallowRef<BreakpointReading>(emptyReading)
  /** Why a breakpoint cannot be used, by id. */
  const broken = computed(() => createBreakpointJudge(breakpoints.value.map((breakpoint) => ({ ...breakpoint, isEnabled: true }))).broken)
  const wantsTwin = computed(() => needsTwin(breakpoints.value))
  const wantsDetails = computed(() => needsDetails(breakpoints.value))
  /** Steps that have a breakpoint of their own, and whether one of them is enabled. */
  const positions = computed<ReadonlyMap<number, boolean>>(() => {
    const found = new Map<number, boolean>()
    for (const { condition, isEnabled } of breakpoints.value) {
      if (condition.kind === 'position') found.set(condition.stepIndex, isEnabled || (found.get(condition.stepIndex) ?? false))
    }
    return found
  })

  let record = createBreakpointRecord([])
  let isJudging = false
  /** Settles when the steps that are there have been judged. */
  let judged = Promise.resolve()

  // As functions: with a shallow ref among its sources a watch also calls back where all values are the same, here at every step.
  watch([() => session.header?.id, () => breakpoints.value], async ([, changed], [, before]) => {
    record = createBreakpointRecord(breakpoints.value)
    reading.value = emptyReading
    await judgeAll()
    if (changed !== before && changed === breakpoints.value) await session.changeBreakpoints(countedBefore(record.nextStep()), record.nextStep())
  })
  watch(() => session.steps, () => void judgeAll(), { immediate: true })
  watch(() => session.stoppedBy, (id) => {
    if (breakpoints.value.some((breakpoint) => breakpoint.id === id && breakpoint.isOneShot)) change(String(id), { isEnabled: false })
  })

  /** Judges the steps that are new to the record; begins again with a new record. */
  function judgeAll(): Promise<void> {
    if (!isJudging) judged = judgeOn()
    return judged
  }

  async function judgeOn(): Promise<void> {
    isJudging = true
    while (breakpoints.value.length > 0 && record.nextStep() < session.steps.length) {
      const current = record
      const end = Math.min(session.steps.length, current.nextStep() + STEPS_IN_ONE_GO)
      while (current === record && current.nextStep() < end) {
        const overview = session.steps[current.nextStep()]
        // Another trace has come that is shorter.
        if (overview === undefined) break
        const step = isDetailed(overview.index) ? ((await session.loadDetail(overview.index)) ?? overview) : overview
        if (current === record) current.add(step, weaveOf(overview))
      }
      if (current === record) reading.value = current.read()
      if (record.nextStep() < session.steps.length) await nextFrame()
    }
    isJudging = false
  }

  function isDetailed(stepIndex: number): boolean {
    return wantsDetails.value && stepIndex >= session.steps.length - DETAILED_STEPS
  }

  function weaveOf({ weaveId }: StepOverview) {
    return weaveId === null ? null : (session.weaveById.get(weaveId) ?? null)
  }

  function add(breakpoint: NewBreakpoint): void {
    breakpoints.value = withBreakpoint(breakpoints.value, breakpoint)
  }

  function change(id: string, changes: Partial<Omit<Breakpoint, 'id'>>): void {
    breakpoints.value = breakpoints.value.map((breakpoint) => (breakpoint.id === id ? { ...breakpoint, ...changes } : breakpoint))
  }

  function remove(id: string): void {
    breakpoints.value = breakpoints.value.filter((breakpoint) => breakpoint.id !== id)
  }

  function removeAll(): void {
    breakpoints.value = []
  }

  function enableAll(isEnabled: boolean): void {
    breakpoints.value = breakpoints.value.map((breakpoint) => ({ ...breakpoint, isEnabled }))
  }

  /** Puts a breakpoint at the step, or takes away the one that is there. */
  function togglePosition(stepIndex: number): void {
    breakpoints.value = withPositionToggled(breakpoints.value, stepIndex)
  }

  /** Those that can stop a run, with their hits before the step. */
  function countedBefore(stepIndex: number): Breakpoint[] {
    return withHitsBefore(stepIndex).filter(({ isEnabled, id }) => isEnabled && !broken.value.has(id))
  }

  function withHitsBefore(stepIndex: number): Breakpoint[] {
    return breakpoints.value.map((breakpoint) => ({ ...breakpoint, hits: hitsUpTo(reading.value, breakpoint.id, stepIndex - 1) }))
  }

  /** What stops a run that begins after the current step, over recorded steps or live; hits are counted on from there. */
  function run(): RunStops {
    const counted = withHitsBefore(session.cursor + 1)
    const longestText = Math.max(MAX_SOURCE_LENGTH, ...counted.map(({ condition }) => (condition.kind === 'text' ? condition.text.length : 0)))
    const { judge } = createBreakpointJudge(counted, { generatedText: generatedTail(session.steps, session.cursor, longestText) })
    return {
      // Hits of recorded steps that are walked over first count too.
      get breakpoints() {
        return countedBefore(session.cursor + 1)
      },
      judge: { needsDetails: wantsDetails.value, stops: (step, weave) => judge(step, weave).stoppedBy },
      needsTwin: wantsTwin.value,
    }
  }

  return { breakpoints, reading, broken, wantsTwin, wantsDetails, positions, add, change, remove, removeAll, enableAll, togglePosition, run }
})

function nextFrame(): Promise<void> {
  return new Promise((resolve) => requestAnimationFrame(() => resolve()))
}
