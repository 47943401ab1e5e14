/** @file Which of a repository's files are worth fetching. It fetches nothing. */
import { taskDefinitions } from './definitions/index.ts'
import { isDataFile } from './definitions/task-definition.ts'

/** Of a known task's repository what one of its splits needs, since some hold hundreds of gigabytes besides; of any other every data file. */
export function isNeededFile(repo: string, name: string): boolean {
  const tasks = Object.values(taskDefinitions).filter(({ hubRepo }) => hubRepo === repo)
  if (tasks.length === 0) return isDataFile(name)
  return tasks.some(({ splits, filesOf }) => splits.some((split) => filesOf(split, [name]).length > 0))
}
