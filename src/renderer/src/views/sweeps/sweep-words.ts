/** @file Sweeps in words. It does not know where they stand. */
import { formatDuration } from '../../../../shared/format-duration.ts'
import type { StatusTone } from '../../components/StatusMark.vue'
import { visibleLine } from '../../components/visible-text.ts'
import type { Sweep, SweepRequest } from '../../../../shared/domain/sweep.ts'
import type { Prompt } from '../../../../shared/domain/trace.ts'
import { triesEverySubset } from '../../../../shared/sweep/subsets.ts'

export const statusWords: Readonly<Record<Sweep['status'], { readonly text: string; readonly tone: StatusTone }>> = {
  running: { text: 'Running', tone: 'busy' },
  paused: { text: 'Paused', tone: 'warning' },
  finished: { text: 'Finished', tone: 'good' },
  failed: { text: 'Failed', tone: 'bad' },
}

export const rewardWords: Readonly<Record<SweepRequest['reward'], { readonly title: string; readonly line: string }>> = {
  boxed: { title: 'Boxed, as maths', line: String.raw`The first \boxed{…} equals the reference after the usual rewrites of LaTeX.` },
  exact: { title: 'Boxed, exactly', line: String.raw`The first \boxed{…} is the reference, character by character.` },
  math: { title: 'Boxed, or the last number', line: String.raw`As maths; where nothing is boxed, the last number of the answer counts.` },
}

/** What was asked, on one line: the last user message, or the raw text. */
export function promptLine(prompt: Prompt): string {
  return visibleLine(prompt.kind === 'text' ? prompt.text : (prompt.messages.findLast(({ role }) => role === 'user')?.content ?? ''))
}

/** "12 of 16 subsets · 4 s left"; what it waits for while nothing is counted. */
export function progressLine({ status, done, total }: Sweep, timeLeftMs: number | null): string {
  if (total === 0) return status === 'running' ? 'Loading the model and looking for candidates…' : 'Its candidates are not known yet.'
  const left = status === 'running' && timeLeftMs !== null ? ` · ${formatDuration(timeLeftMs)} left` : ''
  return `${done} of ${total} subsets${left}`
}

export function sweepFraction({ done, total }: Sweep): number | null {
  return total === 0 ? null : done / total
}

/** What the planned subsets are. */
export function planLine({ candidateCount, total }: { candidateCount: number; total: number }, maxSubsetCandidates: number): string {
  const candidates = candidateCount === 1 ? 'One candidate' : `${candidateCount} candidates`
  if (triesEverySubset(candidateCount, maxSubsetCandidates)) return `${candidates}: every subset, ${total} generations.`
  return `${candidates}, more than ${maxSubsetCandidates}: none, each alone and all at once, ${total} generations.`
}

/** "end of prompt", "candidate 3". */
export function candidateName(ordinal: number): string {
  return ordinal === 0 ? 'end of prompt' : `candidate ${ordinal}`
}

/** "no memory", "end of prompt, 2 and 3". */
export function subsetName(candidates: readonly number[]): string {
  if (candidates.length === 0) return 'no memory'
  const names = candidates.map((ordinal, index) => (ordinal === 0 ? 'end of prompt' : index === 0 ? candidateName(ordinal) : `${ordinal}`))
  return names.length === 1 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`
}

/** "+0.25", "−1". */
export function signed(value: number): string {
  const size = Math.abs(value)
  const digits = Number.isInteger(size) ? String(size) : size.toFixed(2)
  return value > 0 ? `+${digits}` : value < 0 ? `−${digits}` : '0'
}
