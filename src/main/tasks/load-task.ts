/** @file A task's samples from its files, with the environment that plays them. It does not know where a repository's files lie or what a row means. */
import type { TaskRequest } from '../../shared/domain/task.ts'
import type { LoadedTask } from './task.ts'

/** A file of a dataset repository: its name there, such as `main/test-00000-of-00001.parquet`, and where it lies here. */
export interface RepositoryFile {
  readonly name: string
  readonly path: string
}

export interface LoadTaskOptions {
  /** The app's `resources` folder, unpacked: the demo's tasks lie in it. */
  readonly resourcesDir: string
  /** What of a dataset repository lies on this machine, such as in the Hugging Face cache; none where it was never fetched. */
  readonly listRepository: (repo: string, revision: string) => Promise<readonly RepositoryFile[]>
  readonly signal?: AbortSignal
  /** Told the number of rows read so far, every ten thousand. */
  readonly onProgress?: (rowCount: number) => void
}

/** Raises DatasetError where the data is missing, cannot be read, has no sample, or the request does not fit it; the signal's reason if it aborts. */
export function loadTask(request: TaskRequest, options: LoadTaskOptions): Promise<LoadedTask> {
  return Promise.reject(new Error(`internal: ${request.name} cannot be loaded from ${options.resourcesDir} yet`))
}
