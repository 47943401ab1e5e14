/** @file What can be chosen as a task, in words for forms. It reads no data. */
import type { TaskDescription, TaskName } from '../../shared/domain/task.ts'
import { taskDefinitions } from './definitions/index.ts'
import type { TaskDefinition } from './definitions/task-definition.ts'
import { describeProtection } from './sandbox/index.ts'

/** In the order in which they should be offered. */
export async function describeTasks(): Promise<TaskDescription[]> {
  const protection = await describeProtection()
  const entries = Object.entries(taskDefinitions) as [TaskName, TaskDefinition][] // the record has exactly these keys
  return entries.map(([name, { title, summary, hubRepo, splits, scoring, isMultiTurn, runsCode, suggestedMaxNewTokens }]) => ({
    name,
    title,
    summary,
    hubRepo,
    splits: [...splits],
    scoring,
    isMultiTurn,
    runsCode,
    protection: runsCode ? protection : null,
    suggestedMaxNewTokens,
  }))
}
