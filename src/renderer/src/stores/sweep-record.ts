/** @file A watched sweep as its events make it, and how long the rest takes. It does not know where events come from. */
import type { Sweep, SweepEvent, SweepOutcome } from '../../../shared/domain/sweep.ts'
import { subsetKey } from '../../../shared/sweep/subsets.ts'

export interface WatchedSweep {
  readonly sweep: Sweep
  /** In the order they came in. */
  readonly outcomes: readonly SweepOutcome[]
}

/** A stream begun again after a lost connection tells everything again: an outcome that is known already changes nothing. */
export function applySweepEvents(before: WatchedSweep | null, events: readonly SweepEvent[]): WatchedSweep | null {
  const sweep = events.findLast((event) => event.kind === 'sweep')?.sweep ?? before?.sweep
  if (sweep === undefined) return null
  const outcomes = [...(before?.outcomes ?? [])]
  const known = new Set(outcomes.map(({ candidates }) => subsetKey(candidates)))
  for (const event of events) {
    if (event.kind !== 'outcome' || known.has(subsetKey(event.outcome.candidates))) continue
    known.add(subsetKey(event.outcome.candidates))
    outcomes.push(event.outcome)
  }
  return { sweep: { ...sweep, done: outcomes.length }, outcomes }
}

/** Where a sweep stood when it was seen to go on. */
export interface PaceMark {
  readonly done: number
  /** Milliseconds of any clock. */
  readonly at: number
}

/** Milliseconds that the rest takes at the pace since the mark; null before a further outcome tells the pace. */
export function remainingMs(mark: PaceMark, { done, total }: Pick<Sweep, 'done' | 'total'>, now: number): number | null {
  const count = done - mark.done
  return count <= 0 || total === 0 ? null : ((now - mark.at) / count) * Math.max(0, total - done)
}
