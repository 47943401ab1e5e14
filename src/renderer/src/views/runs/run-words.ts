/** @file A run in words: its status, its policy, what it would do next. It does not know where they stand. */
import { formatDuration } from '../../../../shared/format-duration.ts'
import { formatPercent, plural } from '../../charts/format.ts'
import type { IconName } from '../../components/AppIcon.vue'
import type { RunStage } from '../../stores/run-merge.ts'
import type { EvaluationRun, EvaluationStatus } from '../../../../shared/domain/evaluation.ts'
import type { MemoryPolicy } from '../../../../shared/domain/memory-policy.ts'

export const statusWords: Readonly<Record<EvaluationStatus, string>> = { queued: 'Queued', running: 'Running', paused: 'Paused', cancelled: 'Cancelled', finished: 'Finished', failed: 'Failed' }

export const statusIcons: Readonly<Record<EvaluationStatus, IconName>> = { queued: 'candidate', running: 'continue', paused: 'pause', cancelled: 'stop', finished: 'pass', failed: 'fail' }

/** "12 / 50", or what it does before the first result. */
export function progressWords({ status, totals: { done }, total }: EvaluationRun, stage: RunStage | undefined): string {
  if (status === 'running' && stage !== undefined) return stage.stage
  return total === 0 ? '' : `${done} / ${total}`
}

/** Share of what is there, or of what comes before the first result; null where nothing tells. */
export function progressShare({ totals: { done }, total }: EvaluationRun, stage: RunStage | undefined): number | null {
  if (stage !== undefined && done === 0) return stage.fraction
  return total === 0 ? null : done / total
}

/** "random 0.2 (prompt 0.9)" */
export function policyWords(policy: MemoryPolicy): string {
  switch (policy.kind) {
    case 'random':
      return `random ${policy.probability}${policy.promptProbability === undefined ? '' : ` (prompt ${policy.promptProbability})`}`
    case 'schedule':
      return `steps ${policy.steps.join(', ')}`
    case 'candidates':
      return `candidates ${policy.ordinals.join(', ')}`
    case 'vanilla':
    case 'prompt-only':
    case 'trigger':
    case 'always':
      return policy.kind
    default:
      return policy satisfies never
  }
}

/** Where too little room is left for a name, its middle goes: runs of a grid often differ in what comes last, such as their seed. */
const KEPT_END = 20

/** A name as what may be cut short and the words that stay: "gsm8k trigger pn=1_pl=8" and " T=1 seed 42". */
export function nameParts(name: string): readonly [start: string, end: string] {
  const space = name.indexOf(' ', Math.max(1, name.length - KEPT_END))
  return space < 0 ? [name, ''] : [name.slice(0, space), name.slice(space)]
}

/** "74.0 %, 95 % interval 59.8 % to 85.8 %, 40 judged" */
export function accuracySentence({ accuracy, totals: { judged } }: EvaluationRun): string {
  if (accuracy === null) return 'Nothing judged yet'
  return `${formatPercent(accuracy.estimate)}, 95 % interval ${formatPercent(accuracy.low)} to ${formatPercent(accuracy.high)}, ${judged} judged`
}

/** "2000 runs, 3 running, 12 queued, about 4 min left" */
export function listWords(runs: readonly EvaluationRun[], shown: number, leftMs: number | null): string {
  const count = (status: EvaluationStatus): number => runs.filter((run) => run.status === status).length
  const parts = [shown === runs.length ? plural(runs.length, 'run') : `${shown} of ${plural(runs.length, 'run')}`]
  if (count('running') > 0) parts.push(`${count('running')} running`)
  if (count('queued') > 0) parts.push(`${count('queued')} queued`)
  if (leftMs !== null) parts.push(`about ${formatDuration(leftMs)} left`)
  return parts.join(' · ')
}
