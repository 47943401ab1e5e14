/** @file What a grid must know of a task before it runs: how many samples, how many turns, which rows are none. It keeps no samples. */
import type { TaskRequest } from '../../../shared/domain/task.ts'
import { stampFiles } from './file-stamp.ts'
import type { LoadTask } from './workshop.ts'

export interface TaskFacts {
  readonly sampleCount: number
  readonly maxTurns: number
  /** Rows that are no samples, one sentence; null where there are none. */
  readonly problem: string | null
}

/** Reads a task once for each state of its files. */
export class TaskFactsReader {
  readonly #loadTask: LoadTask
  readonly #known = new Map<string, { readonly facts: TaskFacts; readonly paths: readonly string[]; readonly stamp: string }>()

  constructor(loadTask: LoadTask) {
    this.#loadTask = loadTask
  }

  /** Throws DatasetError, or the signal's reason. */
  async read(request: TaskRequest, { signal }: { signal?: AbortSignal | undefined } = {}): Promise<TaskFacts> {
    const key = JSON.stringify(request)
    const known = this.#known.get(key)
    if (known !== undefined && stampFiles(known.paths) === known.stamp) return known.facts
    const { samples, stamp, environment } = await this.#loadTask(request, { signal })
    const { maxTurns } = environment
    await environment.close()
    const paths = stamp.files.map(({ path }) => path)
    const facts = { sampleCount: samples.length, maxTurns, problem: describeProblems(request.name, stamp) }
    this.#known.set(key, { facts, paths, stamp: stampFiles(paths) })
    return facts
  }
}

function describeProblems(name: string, { problemCount, problems }: { problemCount: number; problems: readonly string[] }): string | null {
  if (problemCount === 0) return null
  const what = problemCount === 1 ? '1 row is no sample and is left out' : `${problemCount} rows are no samples and are left out`
  return `${name}: ${what}${problems[0] === undefined ? '' : `, the first: ${problems[0]}`}.`
}
