/**
 * @file Evaluations: starts the runs of a grid, one after the other in an engine process of their own, so that stepping in the app goes
 * on; pauses, resumes, cancels and tells of them. Every result is in the log before anybody hears of it. It knows neither RPC nor SQL
 * nor any task.
 */
import { randomUUID } from 'node:crypto'
import type { EvaluationEvent, EvaluationRun, Experiment, ExperimentForecast, ExperimentRequest, HumanVerdict, ResultKey, SampleResult } from '../../../shared/domain/evaluation.ts'
import type { EvaluationRunId, ExperimentId } from '../../../shared/domain/experiment-ids.ts'
import type { ModelId } from '../../../shared/domain/identifiers.ts'
import type { ModelEntry } from '../../../shared/domain/model.ts'
import type { Scoring } from '../../../shared/domain/task.ts'
import type { EngineHost } from '../../engine-host/index.ts'
import { EvaluationNotFoundError, type EvaluationLog, type MeasuredRun, type RunAnnotation } from '../../log/index.ts'
import { ModelNotFoundError } from '../../sessions/index.ts'
import { EvaluationConflictError } from './errors.ts'
import { EvaluationQueue, type EvaluationQueueParts } from './evaluation-queue.ts'
import { expandGrid, warnAboutGrid, type GridModel, type PlannedRun } from './expand-grid.ts'
import { followEvaluations } from './follow-evaluations.ts'
import { forecastBytes } from './forecast-bytes.ts'
import { forecastTime, isMadeAs } from './forecast-time.ts'
import { ModelFactsReader } from './model-facts.ts'
import { rescoreRun } from './rescore-run.ts'
import { boundAccuracy } from './run-accuracy.ts'
import { findBasisChange, findPlacementChange, type RunChange } from './run-change.ts'
import { describeHost, foldersOf } from './run-provenance.ts'
import { isElsewhere, shownRun } from './shown-run.ts'
import { TaskFactsReader, type TaskFacts } from './task-facts.ts'

export interface EvaluationRoomParts extends EvaluationQueueParts {
  /** The app's engine: it looks into models that are not loaded. */
  readonly engine: Pick<EngineHost, 'call'>
}

export class EvaluationRoom {
  readonly #findModel: EvaluationRoomParts['findModel']
  readonly #log: EvaluationLog
  readonly #devices: EvaluationRoomParts['devices']
  readonly #hashes: EvaluationRoomParts['hashes']
  readonly #loadTask: EvaluationRoomParts['loadTask']
  readonly #models: ModelFactsReader
  readonly #tasks: TaskFactsReader
  readonly #queue: EvaluationQueue
  readonly #listeners = new Set<(event: EvaluationEvent) => void>()

  constructor(parts: EvaluationRoomParts) {
    this.#findModel = parts.findModel
    this.#log = parts.log
    this.#devices = parts.devices
    this.#hashes = parts.hashes
    this.#loadTask = parts.loadTask
    this.#models = new ModelFactsReader(parts.engine)
    this.#tasks = new TaskFactsReader(parts.loadTask)
    this.#queue = new EvaluationQueue(parts, { claim: (runId) => this.#claim(runId), tell: (event) => this.#tell(event) })
  }

  /** The runs of a grid, what they would cost and what is odd about them. Throws ModelNotFoundError, DatasetError, EngineLostError. */
  async forecast(request: ExperimentRequest, { signal }: { signal?: AbortSignal | undefined } = {}): Promise<ExperimentForecast> {
    const { planned, models, tasks } = await this.#plan(request, signal)
    const works = planned.map(({ plan }) => ({ plan, ...found(tasks, JSON.stringify(plan.task)) }))
    return {
      runs: planned.map(({ name, plan, warnings }, index) => ({ name, plan, sampleCount: works[index]?.sampleCount ?? 0, warnings: [...warnings] })),
      logBytes: works.reduce((sum, { plan, sampleCount, maxTurns }) => sum + forecastBytes(plan, sampleCount, maxTurns, found(models, plan.modelId).facts), 0),
      time: forecastTime(works, await this.#comparable(models.keys())),
      warnings: [...warnAboutGrid(request), ...[...tasks.values()].flatMap(({ problem }) => problem ?? [])],
    }
  }

  /** Records the runs and lets them begin one after the other. Throws as `forecast`, and what the log throws. */
  async start(request: ExperimentRequest): Promise<{ experiment: Experiment; runs: EvaluationRun[] }> {
    const { planned, tasks } = await this.#plan(request)
    const id = randomUUID() as string as ExperimentId
    const { experiment, runs } = await this.#log.createExperiment(
      { id, name: request.name, request },
      planned.map(({ name, modelName, plan }, index) => ({ id: runIdOf(id, index), name, modelName, plan, tags: request.tags })),
    )
    const taken: EvaluationRun[] = []
    for (const { id: runId, plan } of runs) {
      const total = found(tasks, JSON.stringify(plan.task)).sampleCount * plan.repeats
      // Until now it was nobody's: another app may have found it and gone on with it.
      if ((await this.#log.takeRun(runId, { from: null, by: process.pid })) !== undefined) taken.push(await this.#log.update(runId, { total }))
    }
    this.#queue.add(taken)
    return { experiment, runs: taken }
  }

  /**
   * Goes on with samples that have no result. Runs that wait, run or have finished stay as they are. Throws EvaluationNotFoundError,
   * EvaluationConflictError for one that was cancelled or is another process's, ModelNotFoundError.
   */
  async resume(runIds: readonly EvaluationRunId[]): Promise<void> {
    const runs = await Promise.all(runIds.map((runId) => this.get(runId)))
    const resting = runs.filter(({ status, id }) => status !== 'finished' && this.#queue.find(id) === undefined)
    for (const { id, status, plan } of resting) {
      if (status === 'cancelled') throw new EvaluationConflictError(id, 'was cancelled and is not taken up again.')
      if (status === 'running' || status === 'queued') throw new EvaluationConflictError(id, `is ${status} in another app.`)
      await this.#requireModel(plan.modelId)
    }
    const taken: EvaluationRun[] = []
    let conflict: EvaluationConflictError | null = null
    for (const { id } of resting) {
      const run = await this.#take(id)
      if (run === null) conflict ??= new EvaluationConflictError(id, 'was taken up by another app.')
      else taken.push(run)
    }
    this.#queue.add(taken)
    if (conflict !== null) throw conflict
  }

  /**
   * What makes the run's results others than those of a run that is started now; null where nothing does, or it has computed nothing yet. Hashes weights that were not
   * hashed before. Throws EvaluationNotFoundError, ModelNotFoundError, DatasetError.
   */
  async findChange(runId: EvaluationRunId): Promise<RunChange | null> {
    const { plan, datasetId, provenance } = await this.get(runId)
    if (provenance === null) return null
    const model = await this.#requireModel(plan.modelId)
    const { stamp, environment } = await this.#loadTask(plan.task, {})
    await environment.close()
    const files = await this.#hashes.hashFolders(foldersOf(model.location), {})
    return findBasisChange({ datasetId }, provenance, { datasetId: stamp.id, files }) ?? findPlacementChange(provenance, this.#devices.choiceOf(model))
  }

  /** Stops at once, resolves when the runs rest. Throws EvaluationNotFoundError, and EvaluationConflictError for another process's run. */
  pause(runIds: readonly EvaluationRunId[]): Promise<void> {
    return this.#stop(runIds, 'paused', ['running', 'queued'])
  }

  /** Like `pause`, for good. A run that has finished stays as it is. */
  cancel(runIds: readonly EvaluationRunId[]): Promise<void> {
    return this.#stop(runIds, 'cancelled', ['running', 'queued', 'paused', 'failed'])
  }

  /** Newest first, those in the trash as well. */
  async list(): Promise<EvaluationRun[]> {
    return Promise.all((await this.#log.listRuns()).map((run) => this.#shown(run)))
  }

  /** Throws EvaluationNotFoundError. */
  async get(runId: EvaluationRunId): Promise<EvaluationRun> {
    const run = await this.#log.getRun(runId)
    if (run === undefined) throw new EvaluationNotFoundError(runId)
    return this.#shown(run)
  }

  /** Ids in the first column of a SELECT that are runs. Throws QueryError. */
  async query(sql: string): Promise<EvaluationRunId[]> {
    return (await this.#log.query(sql)) as EvaluationRunId[] // whatever else they are, no run has that id
  }

  /** Judges recorded texts again; null takes the task's own scoring. Throws EvaluationNotFoundError, EvaluationConflictError while it runs. */
  async rescore(runId: EvaluationRunId, scoring: Scoring | null, { signal }: { signal?: AbortSignal | undefined } = {}): Promise<{ run: EvaluationRun; changedCount: number }> {
    const run = await this.get(runId)
    if (run.status === 'running' || run.status === 'queued') throw new EvaluationConflictError(runId, `is ${run.status}: it can be scored again when it rests.`)
    const { changedCount } = await rescoreRun(this.#log, run, scoring, { signal })
    return { run: this.#announce(await this.#log.update(runId, await boundAccuracy(this.#log, run))), changedCount }
  }

  /** A person's verdict. Throws EvaluationNotFoundError. */
  async audit(key: ResultKey, verdict: HumanVerdict | null): Promise<SampleResult> {
    const result = await this.#log.audit(key, verdict)
    if (result === undefined) throw EvaluationNotFoundError.ofResult(key)
    this.#tell({ kind: 'result', runId: key.runId, result })
    return result
  }

  /** Throws EvaluationNotFoundError. */
  async annotate(runIds: readonly EvaluationRunId[], annotation: RunAnnotation): Promise<EvaluationRun[]> {
    for (const runId of runIds) await this.get(runId)
    const runs = await this.#log.annotate(runIds, annotation)
    return Promise.all(
      runs.map(async (run) => {
        this.#queue.find(run.id)?.annotate(run)
        return this.#announce(await this.#shown(run))
      }),
    )
  }

  /** First each run that is queued or running, then everything that happens to any run of this process, until `signal` aborts. */
  subscribe({ signal }: { signal?: AbortSignal | undefined } = {}): AsyncGenerator<EvaluationEvent, void, undefined> {
    return followEvaluations({ listen: (listener) => this.onEvent(listener), list: () => this.list() }, signal)
  }

  /** Returns the function that stops listening. */
  onEvent(listener: (event: EvaluationEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Pauses what runs or waits. */
  dispose(): Promise<void> {
    return this.#queue.dispose()
  }

  async #plan(request: ExperimentRequest, signal?: AbortSignal): Promise<{ planned: PlannedRun[]; models: Map<ModelId, GridModel>; tasks: Map<string, TaskFacts> }> {
    const models = new Map<ModelId, GridModel>()
    for (const modelId of request.models) {
      const { name, location } = await this.#requireModel(modelId)
      models.set(modelId, { name, facts: await this.#models.read(location) })
    }
    const tasks = new Map<string, TaskFacts>()
    for (const task of request.tasks) tasks.set(JSON.stringify(task), await this.#tasks.read(task, { signal }))
    return { planned: expandGrid(request, (modelId) => found(models, modelId)), models, tasks }
  }

  /** Runs that were made here as each model would be computed now, newest first within a model. */
  async #comparable(modelIds: Iterable<ModelId>): Promise<MeasuredRun[]> {
    const host = describeHost()
    const comparable: MeasuredRun[] = []
    for (const modelId of modelIds) {
      const measured = await this.#log.measuredRuns(modelId)
      // Devices may have to be looked for: only where it matters.
      const placement = measured.length === 0 ? null : await this.#devices.foresee(await this.#requireModel(modelId))
      if (placement !== null) comparable.push(...measured.filter((run) => isMadeAs(run, placement, host)))
    }
    return comparable
  }

  async #stop(runIds: readonly EvaluationRunId[], status: 'paused' | 'cancelled', from: readonly EvaluationRun['status'][]): Promise<void> {
    const others = runIds.filter((runId) => this.#queue.find(runId) === undefined)
    await this.#queue.stop(runIds, status)
    for (const runId of others) await this.#rest(runId, status, from)
  }

  /** null where another process has the run. */
  async #take(runId: EvaluationRunId): Promise<EvaluationRun | null> {
    const from = await this.#log.processOf(runId)
    if (await isElsewhere(this.#log, runId)) return null
    return (await this.#log.takeRun(runId, { from, by: process.pid })) ?? null
  }

  /** Throws where another living process has the run. */
  async #claim(runId: EvaluationRunId): Promise<void> {
    if (await isElsewhere(this.#log, runId)) throw new EvaluationConflictError(runId, 'was taken up by another app.')
  }

  /** Of a run that is not in this process's hand. */
  async #rest(runId: EvaluationRunId, status: 'paused' | 'cancelled', from: readonly EvaluationRun['status'][]): Promise<void> {
    const shown = await this.get(runId)
    if (shown.status === 'running' || shown.status === 'queued') throw new EvaluationConflictError(runId, `is ${shown.status} in another app.`)
    const recorded = await this.#log.getRun(runId)
    if (recorded !== undefined && from.includes(recorded.status)) this.#announce(await this.#log.update(runId, { status, processId: null }))
  }

  async #shown(recorded: EvaluationRun): Promise<EvaluationRun> {
    return this.#queue.find(recorded.id)?.run ?? shownRun(this.#log, recorded)
  }

  #announce(run: EvaluationRun): EvaluationRun {
    this.#tell({ kind: 'run', run })
    return run
  }

  #tell(event: EvaluationEvent): void {
    for (const listener of this.#listeners) listener(event)
  }

  async #requireModel(modelId: ModelId): Promise<ModelEntry> {
    const model = await this.#findModel(modelId)
    if (model === null) throw new ModelNotFoundError(modelId)
    return model
  }
}

/** Runs of an experiment are made in one moment: in the order of their ids they are in the order of the grid. */
function runIdOf(experimentId: ExperimentId, index: number): EvaluationRunId {
  return `${experimentId}-${`${index + 1}`.padStart(4, '0')}` as EvaluationRunId
}

function found<Key, Value>(map: ReadonlyMap<Key, Value>, key: Key): Value {
  const value = map.get(key)
  if (value === undefined) throw new Error('internal: a grid names what was not looked up')
  return value
}
