/** @file What a frame of a profile is and took, in words and numbers. It does not know where it stands on the chart. */
import type { ProfileFrame, ProfileFrameKind } from '../../../shared/domain/profile.ts'
import { formatNumber, formatPercent } from './format.ts'

/** What kinds of frames are, for those who meet them first. */
export const kindMeanings: Readonly<Record<ProfileFrameKind, string>> = {
  generation: 'the whole generation',
  phase: 'a phase of the steps',
  run: 'one role’s runs of the forward graph',
  outside: 'time of the runs that no operator took',
  group: 'operators of one part of the graph',
  op: 'one kind of operator',
}

export interface FrameFacts {
  readonly ms: string
  readonly ofWhole: string
  readonly count: string
  /** Of one time. */
  readonly mean: string
}

export function frameFacts({ ms, count }: Pick<ProfileFrame, 'ms' | 'count'>, wholeMs: number): FrameFacts {
  return {
    ms: formatMs(ms),
    ofWhole: wholeMs === 0 ? '–' : formatPercent(ms / wholeMs),
    count: `${count.toLocaleString('en')}×`,
    mean: count === 0 ? '–' : formatMs(ms / count),
  }
}

/** "1.84 s", "12.3 ms", "41 µs": three digits at most. */
export function formatMs(ms: number): string {
  if (ms >= 1000) return `${formatNumber(ms / 1000)} s`
  if (ms >= 0.1 || ms === 0) return `${formatNumber(ms)} ms`
  return `${formatNumber(ms * 1000)} µs`
}
