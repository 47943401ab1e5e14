/**
 * @file What the runs of a queue have in common, kept from one to the next: the engine with its model, and the task with its environment.
 * It does not know runs.
 */
import { isDeepStrictEqual } from 'node:util'
import type { ModelId } from '../../../shared/domain/identifiers.ts'
import type { TaskRequest, TaskSample } from '../../../shared/domain/task.ts'
import { EngineHost, type StartEngine } from '../../engine-host/index.ts'
import type { LoadedTask } from '../../tasks/index.ts'

export interface LoadTaskWatch {
  readonly signal?: AbortSignal | undefined
  /** Rows read so far. */
  readonly onProgress?: (rowCount: number) => void
}

/** Throws DatasetError, or the signal's reason. */
export type LoadTask = (request: TaskRequest, watch: LoadTaskWatch) => Promise<LoadedTask>

export class Workshop {
  readonly #startEngine: StartEngine
  readonly #loadTask: LoadTask
  #engine: { readonly modelId: ModelId; readonly host: EngineHost } | null = null
  #task: { readonly request: TaskRequest; readonly loaded: LoadedTask } | null = null

  constructor(startEngine: StartEngine, loadTask: LoadTask) {
    this.#startEngine = startEngine
    this.#loadTask = loadTask
  }

  /** An engine process that has held no other model: memory of one is never short of another's. */
  async engineFor(modelId: ModelId): Promise<EngineHost> {
    if (this.#engine?.modelId !== modelId) {
      await this.#endEngine()
      this.#engine = { modelId, host: new EngineHost(this.#startEngine, { restartDelaysMs: [], disposeLimitMs: 0 }) }
    }
    return this.#engine.host
  }

  async taskFor(request: TaskRequest, watch: LoadTaskWatch): Promise<LoadedTask> {
    if (this.#task === null || !isDeepStrictEqual(this.#task.request, request)) {
      await this.#closeTask()
      this.#task = { request, loaded: await this.#loadTask(request, watch) }
    }
    return this.#task.loaded
  }

  /** Samples alone, of a task that is not to be played. */
  async samplesOf(request: TaskRequest, watch: LoadTaskWatch): Promise<TaskSample[]> {
    const { samples, environment } = await this.#loadTask(request, watch)
    await environment.close()
    return [...samples]
  }

  /** Ends the process and the environment; what is asked for next begins anew. */
  async close(): Promise<void> {
    await Promise.all([this.#endEngine(), this.#closeTask()])
  }

  async #endEngine(): Promise<void> {
    const ending = this.#engine
    this.#engine = null
    await ending?.host.dispose()
  }

  async #closeTask(): Promise<void> {
    const closing = this.#task
    this.#task = null
    await closing?.loaded.environment.close()
  }
}
