/** @file What can be chosen as a task, in words for forms. It reads no data. */
import type { TaskDescription } from '../../shared/domain/task.ts'

export function describeTasks(): Promise<TaskDescription[]> {
  return Promise.resolve([])
}
