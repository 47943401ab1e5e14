/** @file What a training run's state is called and what it means to its owner. It does not know how it is shown. */
import { formatDuration } from '../../../../shared/format-duration.ts'
import type { TrainingRun, TrainingStatus } from '../../../../shared/domain/training-run.ts'
import type { TrainingMethod, TrainingStage } from '../../../../shared/domain/training.ts'
import type { StatusTone } from '../../components/StatusMark.vue'
import type { WatchedTraining } from '../../stores/training-record.ts'

export const statusWords: Readonly<Record<TrainingStatus, { text: string; tone: StatusTone }>> = {
  queued: { text: 'Queued', tone: 'quiet' },
  running: { text: 'Running', tone: 'busy' },
  paused: { text: 'Paused', tone: 'warning' },
  stopped: { text: 'Stopped', tone: 'quiet' },
  interrupted: { text: 'Interrupted', tone: 'warning' },
  finished: { text: 'Finished', tone: 'good' },
  failed: { text: 'Failed', tone: 'bad' },
}

export const stageWords: Readonly<Record<TrainingStage, string>> = { weaver: 'Weaver', trigger: 'Trigger', pretrain: 'Reasoner' }
export const methodWords: Readonly<Record<TrainingMethod, string>> = { sft: 'SFT', grpo: 'GRPO' }

/** Share of the steps done; null until the plan is known. */
export function runFraction({ step, totalSteps }: Pick<TrainingRun, 'step' | 'totalSteps'>): number | null {
  return totalSteps === null || totalSteps === 0 ? null : Math.min(1, step / totalSteps)
}

/** "step 12 of 30 · 45 s left", as far as it is known. */
export function progressLine(run: Pick<TrainingRun, 'status' | 'step' | 'totalSteps' | 'remainingMs'>): string {
  const steps = run.totalSteps === null ? (run.step === 0 ? [] : [`step ${run.step}`]) : [`step ${run.step} of ${run.totalSteps}`]
  const left = run.status === 'running' && run.remainingMs !== null ? [`${formatDuration(run.remainingMs)} left`] : []
  return [...steps, ...left].join(' · ')
}

/** What happens now, or what can be done next; the status itself stands beside it. */
export function situationLine(run: TrainingRun, progress: WatchedTraining['progress']): string {
  const kept = run.lastCheckpoint === null ? 'No checkpoint was written yet.' : `Its last checkpoint is of step ${run.lastCheckpoint.step}.`
  switch (run.status) {
    case 'queued':
      return 'Waits until the run before it has ended.'
    case 'running':
      if (progress === null) return run.step === 0 ? 'Starting…' : 'Training.'
      return progress.fraction === null ? `${capitalise(progress.stage)}…` : `${capitalise(progress.stage)}, ${Math.round(progress.fraction * 100)} %`
    case 'paused':
      return 'The state after this step is saved. Resume goes on to the same numbers.'
    case 'stopped':
      return `Ended by you; the state is saved, so it can still be resumed. ${kept}`
    case 'interrupted':
      return `The app or its engine ended under it. Resume goes on from the state that was saved last. ${kept}`
    case 'finished':
      return run.lastCheckpoint === null ? 'All steps are done.' : `All steps are done. The result is in ${run.lastCheckpoint.path}`
    case 'failed':
      return kept
    default:
      return run.status satisfies never
  }
}

function capitalise(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
