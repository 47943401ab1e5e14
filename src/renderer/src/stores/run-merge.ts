/** @file How what happens to runs changes the list of them: pure rules. It does not know how events arrive. */
import type { EvaluationEvent, EvaluationRun } from '../../../shared/domain/evaluation.ts'
import type { EvaluationRunId } from '../../../shared/domain/experiment-ids.ts'

/** What a run does before its first result. */
export interface RunStage {
  stage: string
  /** 0 to 1. */
  fraction: number
}

/** Changed runs keep their place, new ones come in the order of the log, newest first. What is older than what is known changes nothing. */
export function mergeRuns(known: readonly EvaluationRun[], changed: readonly EvaluationRun[]): readonly EvaluationRun[] {
  const latest = new Map(changed.map((run) => [run.id, run]))
  const merged = known.map((run) => {
    const next = latest.get(run.id)
    latest.delete(run.id)
    return next === undefined || next.updatedAt < run.updatedAt ? run : next
  })
  return latest.size === 0 ? merged : [...latest.values(), ...merged].toSorted(newestFirst)
}

/** As the log lists runs: those of one experiment have one time. */
export function newestFirst(a: EvaluationRun, b: EvaluationRun): number {
  return b.createdAt - a.createdAt || Number(b.id > a.id) - Number(b.id < a.id)
}

/** A stage is over with the run's first result after it, or when the run rests. */
export function mergeStages(known: ReadonlyMap<EvaluationRunId, RunStage>, events: readonly EvaluationEvent[]): ReadonlyMap<EvaluationRunId, RunStage> {
  const stages = new Map(known)
  for (const event of events) {
    if (event.kind === 'stage') stages.set(event.runId, { stage: event.stage, fraction: event.fraction })
    else if (event.kind === 'result') stages.delete(event.runId)
    else if (event.run.status !== 'running') stages.delete(event.run.id)
  }
  return stages
}
