/** @file The breakpoints as a kept list: read from storage, added to, changed. It does not know runs or panels. */
import { z } from 'zod'
import { breakpointSchema, type Breakpoint, type BreakpointCondition } from '../../../shared/domain/breakpoint.ts'

/** A breakpoint before it is in a list; what is left out has its default. */
export type NewBreakpoint = { condition: BreakpointCondition } & Partial<Omit<Breakpoint, 'id' | 'condition' | 'hits'>>

/** localStorage is foreign input: an entry that does not parse is dropped, the others stay. Hits belong to a trace and are not kept. */
export const breakpointListSerializer = {
  read(raw: string): Breakpoint[] {
    const seen = new Set<string>()
    return readEntries(raw).flatMap((entry) => {
      const { data: breakpoint } = breakpointSchema.safeParse(entry)
      if (breakpoint === undefined || seen.has(breakpoint.id)) return []
      seen.add(breakpoint.id)
      return [{ ...breakpoint, hits: 0 }]
    })
  },
  write: (breakpoints: readonly Breakpoint[]): string => JSON.stringify(breakpoints),
}

/** The entries of a stored list; none where it is no list. */
export function readEntries(raw: string): unknown[] {
  try {
    return z.array(z.unknown()).parse(JSON.parse(raw))
  } catch {
    // Another version's list, or an edited one: it is replaced with the next change.
    return []
  }
}

/** The list with one more at its end. */
export function withBreakpoint(breakpoints: readonly Breakpoint[], added: NewBreakpoint): Breakpoint[] {
  return [...breakpoints, breakpointSchema.parse({ ...added, id: freeId(breakpoints) })]
}

/** The list with a plain breakpoint at the step, or without those that stood there. */
export function withPositionToggled(breakpoints: readonly Breakpoint[], stepIndex: number): Breakpoint[] {
  const others = breakpoints.filter(({ condition }) => condition.kind !== 'position' || condition.stepIndex !== stepIndex)
  return others.length < breakpoints.length ? others : withBreakpoint(breakpoints, { condition: { kind: 'position', stepIndex } })
}

/** Ids are short and never reused while a later one stands. */
function freeId(breakpoints: readonly Breakpoint[]): string {
  const numbers = breakpoints.map(({ id }) => Number(/^b(\d{1,9})$/.exec(id)?.[1] ?? 0))
  return `b${Math.max(0, ...numbers) + 1}`
}
