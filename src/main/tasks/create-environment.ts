/** @file Which environment plays a task, and how its texts are scored. It does not know samples. */
import type { Scoring, TaskRequest } from '../../shared/domain/task.ts'
import type { Environment } from './task.ts'

/** How the task's completions are scored; null where its environment has a judge of its own (KodCode, TriviaQA). */
export function scoringOf(task: Pick<TaskRequest, 'name' | 'scoring'>): Scoring | null {
  return task.scoring
}

/** Starts nothing before the first sample. To be closed. */
export function createEnvironment(task: TaskRequest): Environment {
  throw new Error(`internal: ${task.name} cannot be played yet`)
}
