/** @file Whole steps and weaves of the trace on screen, fetched a page at a time when somebody looks, few enough to keep. It does not know who looks. */
import { shallowReactive } from 'vue'
import type { WeaveId } from '../../../shared/domain/identifiers.ts'
import type { Step } from '../../../shared/domain/step.ts'
import type { Weave } from '../../../shared/domain/weave.ts'

export const PAGE_STEPS = 200
/** A page holds up to 200 steps with their likeliest tokens and latents: some megabytes at most. */
const KEPT_PAGES = 24

export interface StepPage {
  steps: readonly Step[]
  weaves: readonly Weave[]
}

export interface TraceDetails {
  /** The step where it is known; where not, its page is asked for and the reader, if reactive, is told when it is there. */
  step(index: number): Step | null
  weave(weaveId: WeaveId, stepIndex: number): Weave | null
  /** Waits for the step's page. */
  load(index: number): Promise<Step | null>
  /** A step that arrived whole. */
  put(step: Step, weave: Weave | null): void
  /** Another trace from here on, which shares the steps before `keepBelow`. */
  reset(keepBelow: number): void
}

/** @param fetchPage steps from `from` on, `to` not included; its failure is the caller's to show: it is called with each page once */
export function createTraceDetails(fetchPage: (from: number, to: number) => Promise<StepPage>, onFailure: (error: unknown) => void): TraceDetails {
  const steps = shallowReactive(new Map<number, Step>())
  const weaves = shallowReactive(new Map<WeaveId, Weave>())
  /** Pages in the order in which they were last begun, the oldest first. */
  const pages = new Set<number>()
  let asked = new Map<number, Promise<void>>()

  function put(step: Step, weave: Weave | null): void {
    touch(pageOf(step.index))
    steps.set(step.index, step)
    if (weave !== null) weaves.set(weave.id, weave)
  }

  function touch(page: number): void {
    if (pages.has(page)) return
    pages.add(page)
    if (pages.size <= KEPT_PAGES) return
    const [oldest] = pages
    if (oldest !== undefined) forget(oldest)
  }

  function forget(page: number): void {
    pages.delete(page)
    asked.delete(page)
    for (let index = page * PAGE_STEPS; index < (page + 1) * PAGE_STEPS; index += 1) {
      const weaveId = steps.get(index)?.weaveId
      if (weaveId != null) weaves.delete(weaveId)
      steps.delete(index)
    }
  }

  function ask(page: number): Promise<void> {
    const known = asked.get(page)
    if (known !== undefined) return known
    const question = asked
    const answer = fetchPage(page * PAGE_STEPS, (page + 1) * PAGE_STEPS).then(
      (found) => {
        // Another trace may be on screen by now.
        if (question !== asked) return
        const weaveOf = new Map(found.weaves.map((weave) => [weave.id, weave]))
        for (const step of found.steps) put(step, step.weaveId === null ? null : (weaveOf.get(step.weaveId) ?? null))
      },
      (error: unknown) => {
        if (question === asked) onFailure(error)
      },
    )
    asked.set(page, answer)
    return answer
  }

  function step(index: number): Step | null {
    const found = steps.get(index)
    if (found === undefined && index >= 0) void ask(pageOf(index))
    return found ?? null
  }

  return {
    step,
    weave(weaveId, stepIndex) {
      const found = weaves.get(weaveId)
      if (found === undefined) step(stepIndex)
      return found ?? null
    },
    async load(index) {
      if (!steps.has(index)) await ask(pageOf(index))
      return steps.get(index) ?? null
    },
    put,
    reset(keepBelow) {
      asked = new Map()
      for (const index of [...steps.keys()]) {
        if (index < keepBelow) continue
        const weaveId = steps.get(index)?.weaveId
        if (weaveId != null) weaves.delete(weaveId)
        steps.delete(index)
      }
      if (keepBelow === 0) pages.clear()
    },
  }
}

function pageOf(index: number): number {
  return Math.floor(index / PAGE_STEPS)
}
