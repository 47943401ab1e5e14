/** @file What a page knows of one training run, and how each message of the host changes it. It does not know how messages arrive. */
import type { TrainingEvent } from '../../../shared/domain/training-event.ts'
import type { TrainingMessage, TrainingRecord } from '../../../shared/domain/training-run.ts'

export interface WatchedTraining {
  record: TrainingRecord
  /** The stretch of work under way between steps; null while steps are taken. */
  progress: { stage: string; fraction: number | null } | null
  /** Where a run that failed before our eyes came to grief; a recorded failure has its message only. */
  failure: { step: number; tensor: string | null } | null
}

/** Takes messages in order; null until a `record` came, which replaces all that was known. */
export function applyTrainingMessages(known: WatchedTraining | null, messages: readonly TrainingMessage[]): WatchedTraining | null {
  const first = messages.findLastIndex((message) => message.kind === 'record')
  const start = first < 0 ? known : null
  // A copy that this call may push into: with one array a step, a long run would cost its square.
  let watched = start === null ? null : { ...start, record: copyLists(start.record) }
  for (const message of messages.slice(Math.max(0, first))) {
    if (message.kind === 'record') watched = { record: withOneBest(copyLists(message.record)), progress: null, failure: null }
    else if (watched !== null) {
      if (message.kind === 'event') take(watched, message.event)
      watched.record.run = message.run
    }
  }
  return watched
}

function copyLists(record: TrainingRecord): TrainingRecord {
  const { steps, evaluations, samples, checkpoints, data, warnings } = record
  return { ...record, steps: [...steps], evaluations: [...evaluations], samples: [...samples], checkpoints: [...checkpoints], data: [...data], warnings: [...warnings] }
}

/** The log marks every checkpoint that was the best when it was written; the last of them still is. */
function withOneBest(record: TrainingRecord): TrainingRecord {
  const best = record.checkpoints.findLastIndex(({ isBest }) => isBest)
  return { ...record, checkpoints: record.checkpoints.map((checkpoint, index) => ({ ...checkpoint, isBest: index === best })) }
}

/** Changes `watched`, whose lists are this call's own. */
function take(watched: WatchedTraining, event: TrainingEvent): void {
  const { record } = watched
  switch (event.kind) {
    case 'progress':
      watched.progress = { stage: event.stage, fraction: event.fraction }
      return
    case 'started':
      forgetStepsAfter(record, event.fromStep)
      watched.progress = null
      watched.failure = null
      return
    case 'data':
      record.data = [...record.data.filter(({ use }) => use !== event.use), event]
      return
    case 'parameters':
      record.parameters = event
      return
    case 'step':
      watched.progress = null
      record.steps.push(event)
      return
    case 'evaluation':
      watched.progress = null
      record.evaluations.push(event)
      return
    case 'sample':
      record.samples.push(event)
      return
    case 'checkpoint':
      record.checkpoints = [...record.checkpoints.filter(({ path }) => path !== event.path).map((kept) => (event.isBest ? { ...kept, isBest: false } : kept)), event]
      return
    case 'warning':
      if (!record.warnings.includes(event.message)) record.warnings.push(event.message)
      return
    case 'finished':
    case 'stopped':
      watched.progress = null
      return
    case 'failed':
      watched.progress = null
      watched.failure = { step: event.step, tensor: event.tensor }
      return
    default:
      event satisfies never
  }
}

/** A resumed attempt takes the steps after its state again. */
function forgetStepsAfter(record: TrainingRecord, step: number): void {
  const isKept = (row: { step: number }): boolean => row.step <= step
  record.steps = record.steps.filter(isKept)
  record.evaluations = record.evaluations.filter(isKept)
  record.samples = record.samples.filter(isKept)
}
