/**
 * @file What breakpoints make of a trace so far, step by step from its beginning: where each was hit, and what logpoints recorded.
 * So a breakpoint that is added late has its hits and columns at once. It does not know where steps come from.
 */
import { createBreakpointJudge, type EvaluatedStep, type ExpressionValue } from '../../../shared/debugging/index.ts'
import type { Breakpoint } from '../../../shared/domain/breakpoint.ts'
import type { WeaveOverview } from '../../../shared/domain/trace-columns.ts'

export interface BreakpointRecord {
  /** The next step to be judged. */
  nextStep: () => number
  /** To be called in order of steps. */
  add: (step: EvaluatedStep, weave: WeaveOverview | null) => void
  read: () => BreakpointReading
}

export interface BreakpointReading {
  /** Steps that hit, rising, by breakpoint. */
  hitSteps: ReadonlyMap<string, readonly number[]>
  /** What each logpoint recorded, by breakpoint, in order of steps. */
  columns: ReadonlyMap<string, readonly LoggedValue[]>
}

export interface LoggedValue {
  stepIndex: number
  value: ExpressionValue
}

export const emptyReading: BreakpointReading = { hitSteps: new Map(), columns: new Map() }

export function createBreakpointRecord(breakpoints: readonly Breakpoint[]): BreakpointRecord {
  const { judge } = createBreakpointJudge(breakpoints.map((breakpoint) => ({ ...breakpoint, hits: 0 })))
  const hitSteps = new Map<string, number[]>()
  const columns = new Map<string, LoggedValue[]>()
  let next = 0

  return {
    nextStep: () => next,
    add(step, weave) {
      next += 1
      const { hits, logged } = judge(step, weave)
      for (const id of hits.keys()) append(hitSteps, id, step.index)
      for (const [id, value] of logged) append(columns, id, { stepIndex: step.index, value })
    },
    // New maps for each reading: whoever shows the last one sees that there is another.
    read: () => ({ hitSteps: new Map(hitSteps), columns: new Map(columns) }),
  }
}

/** How often each breakpoint was hit up to the step, that step included. */
export function hitsUpTo({ hitSteps }: BreakpointReading, id: string, stepIndex: number): number {
  const hits = hitSteps.get(id) ?? []
  const after = hits.findLastIndex((hit) => hit <= stepIndex)
  return after + 1
}

function append<Item>(lists: Map<string, Item[]>, id: string, item: Item): void {
  const list = lists.get(id)
  if (list === undefined) lists.set(id, [item])
  else list.push(item)
}
