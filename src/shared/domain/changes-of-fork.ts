/**
 * @file Which changes hold in a fork: the one rule by which a user's changes add up along a branch. It does not know how they are
 * computed.
 */
import type { AppliedChange, TraceChange } from './branch.ts'

/**
 * The changes of a trace forked with `own`, in order of steps, `own` last. The parent's changes at earlier steps hold, its later ones
 * are left behind. Those at the same step hold too, so that an insertion can be forced, its latents edited and the token replaced one
 * after the other; not so one of the same kind, a change of nothing, or one that `own` contradicts. Forced tokens that reach past
 * `own` end where it forces others; their text stays the one asked for.
 */
export function changesOfFork<Change extends AppliedChange>(parentChanges: readonly Change[], own: Change): Change[] {
  return [...parentChanges.flatMap((earlier) => whatHolds(earlier, own)), own]
}

function whatHolds<Change extends AppliedChange>(earlier: Change, own: Change): Change[] {
  if (earlier.stepIndex > own.stepIndex) return []
  if (earlier.stepIndex === own.stepIndex) return isOverridden(earlier.change, own.change) ? [] : [earlier]
  if (earlier.change.kind !== 'tokens' || own.change.kind !== 'tokens') return [earlier]
  return [{ ...earlier, change: { ...earlier.change, tokenIds: earlier.change.tokenIds.slice(0, own.stepIndex - earlier.stepIndex) } }]
}

function isOverridden(earlier: TraceChange, own: TraceChange): boolean {
  return earlier.kind === own.kind || earlier.kind === 'none' || (declines(earlier) && own.kind === 'latents') || (declines(own) && earlier.kind === 'latents')
}

/** Latents that are not inserted cannot be edited. */
function declines(change: TraceChange): boolean {
  return change.kind === 'decision' && change.decision === 0
}
