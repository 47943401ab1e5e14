/** @file Which environment plays a task, and how its texts are scored. It does not know samples. */
import type { Scoring, TaskRequest } from '../../shared/domain/task.ts'
import { taskDefinitions } from './definitions/index.ts'
import { createKodcodeEnvironment } from './environments/kodcode.ts'
import { createSingleTurnEnvironment } from './environments/single-turn.ts'
import { createTriviaqaEnvironment } from './environments/triviaqa.ts'
import type { Environment } from './task.ts'

/** How the task's completions are scored; null where its environment has a judge of its own (KodCode, TriviaQA). */
export function scoringOf(task: Pick<TaskRequest, 'name' | 'scoring'>): Scoring | null {
  return task.scoring ?? taskDefinitions[task.name].ownScoring
}

/** Starts nothing before the first sample. To be closed. */
export function createEnvironment(task: TaskRequest): Environment {
  switch (task.name) {
    case 'kodcode':
      return createKodcodeEnvironment({ execution: task.codeExecution })
    case 'triviaqa':
      return createTriviaqaEnvironment({ retriever: task.retriever })
    default:
      return createSingleTurnEnvironment(scoringOf(task) ?? { kind: 'none' })
  }
}
