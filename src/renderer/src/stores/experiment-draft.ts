/** @file The next experiment: written, looked at before it starts, started. It does not know the runs there are. */
import { useDebounceFn, useStorage } from '@vueuse/core'
import { defineStore } from 'pinia'
import { computed, shallowRef, watch } from 'vue'
import { describeFailure, type Failure } from '../api/failure.ts'
import type { EvaluationRun, ExperimentForecast, ExperimentRequest, ExperimentRequestInput } from '../../../shared/domain/evaluation.ts'
import type { EvaluationRunId, ExperimentId } from '../../../shared/domain/experiment-ids.ts'
import type { ModelId } from '../../../shared/domain/identifiers.ts'
import type { TaskDescription } from '../../../shared/domain/task.ts'
import { ablationArms, demoExperiment, draftOfRequest, draftProblems, emptyExperimentDraft, experimentDraftSchema, newTaskDraft, requestOfDraft, withFirstModel, type ExperimentDraft, type TaskDraft } from './experiment-draft-content.ts'
import { useHost } from './host.ts'
import { useModelsStore } from './models.ts'

/** Asked after a pause in typing: the host reads the tasks' data. */
const PAUSE_MS = 350
const DEMO_MODEL = 'bundled-demo-qwen2'
/** What the demo's longest answers need, where the host has not told. */
const DEMO_MAX_NEW_TOKENS = 96

export const useExperimentDraftStore = defineStore('experiment-draft', () => {
  const { client } = useHost()
  const models = useModelsStore()
  const draft = useStorage<ExperimentDraft>('memgen.experiment-draft', emptyExperimentDraft(), undefined, {
    // localStorage is foreign input.
    serializer: { read: readDraft, write: (value) => JSON.stringify(value) },
  })
  /** null until the first answer. */
  const tasks = shallowRef<readonly TaskDescription[] | null>(null)
  const forecast = shallowRef<ExperimentForecast | null>(null)
  const forecastFailure = shallowRef<Failure | null>(null)
  /** Of starting, or of reading what can be chosen. */
  const failure = shallowRef<Failure | null>(null)
  const isForecasting = shallowRef(false)
  const isStarting = shallowRef(false)

  const problems = computed(() => draftProblems(draft.value))
  const request = computed(() => requestOfDraft(draft.value))
  const demoModel = computed(() => models.models?.find(({ id }) => id === DEMO_MODEL) ?? null)

  let asking = new AbortController()
  const ask = useDebounceFn(askForecast, PAUSE_MS)
  let isWatched = false
  watch(request, () => {
    asking.abort()
    if (isWatched) void ask()
  })

  /** From the first time on the forecast follows the draft. @param modelId taken where none is chosen yet */
  async function open(modelId: ModelId | null): Promise<void> {
    isWatched = true
    if (modelId !== null) draft.value = withFirstModel(draft.value, modelId)
    if (models.models === null) void models.refresh()
    await attempt(async () => {
      tasks.value ??= (await client.tasks.list()).tasks
    })
    await askForecast()
  }

  async function askForecast(): Promise<void> {
    asking.abort()
    asking = new AbortController()
    const { signal } = asking
    const asked = request.value
    if (asked === null) return void (forecast.value = null)
    isForecasting.value = true
    try {
      const answer = await client.evaluations.forecast(asked, { signal })
      if (signal.aborted) return
      forecast.value = answer
      forecastFailure.value = null
    } catch (error) {
      if (signal.aborted) return
      forecast.value = null
      forecastFailure.value = describeFailure(error)
    } finally {
      if (!signal.aborted) isForecasting.value = false
    }
  }

  function change(part: Partial<ExperimentDraft>): void {
    draft.value = { ...draft.value, ...part }
  }

  function changeTask(index: number, part: Partial<TaskDraft>): void {
    change({ tasks: draft.value.tasks.map((task, at) => (at === index ? { ...task, ...part } : task)) })
  }

  /** The first task brings its own limit of tokens. */
  function addTask(description: TaskDescription): void {
    const { tasks: chosen, config } = draft.value
    change({ tasks: [...chosen, newTaskDraft(description)], ...(chosen.length === 0 && { config: { ...config, maxNewTokens: description.suggestedMaxNewTokens } }) })
  }

  function takeAblationArms(): void {
    change({ arms: [...ablationArms] })
  }

  /** The grid of the paper's ablation as of this run; false where it could not be had: `failure` says why. */
  async function takeAblationOf(runId: EvaluationRunId): Promise<boolean> {
    return take(() => client.evaluations.ablationSet({ runId }))
  }

  /** The grid that this experiment was. */
  async function takeExperiment(experimentId: ExperimentId): Promise<boolean> {
    return take(async () => (await client.evaluations.experimentOf({ experimentId })).request)
  }

  async function take(read: () => Promise<ExperimentRequest>): Promise<boolean> {
    const request = await attempt(read)
    if (request !== null) draft.value = draftOfRequest(request)
    return request !== null
  }

  function reset(): void {
    draft.value = emptyExperimentDraft()
  }

  /** @throws what the host answers where the text is no grid */
  async function takeYaml(yaml: string): Promise<void> {
    draft.value = draftOfRequest(await client.evaluations.parse({ yaml }))
  }

  /** null where the draft is no grid yet. */
  async function printYaml(): Promise<string | null> {
    return request.value === null ? null : (await client.evaluations.print(request.value)).yaml
  }

  /** The runs; null where it could not be started: `failure` says why. */
  async function start(): Promise<readonly EvaluationRun[] | null> {
    return request.value === null ? null : begin(request.value)
  }

  async function startDemo(): Promise<readonly EvaluationRun[] | null> {
    const model = demoModel.value
    if (model === null) return null
    const described = tasks.value?.find(({ name }) => name === 'demo-new')
    return begin(demoExperiment(model.id, { maxNewTokens: described?.suggestedMaxNewTokens ?? DEMO_MAX_NEW_TOKENS }))
  }

  async function begin(asked: ExperimentRequestInput): Promise<readonly EvaluationRun[] | null> {
    isStarting.value = true
    const started = await attempt(async () => (await client.evaluations.start(asked)).runs)
    isStarting.value = false
    return started
  }

  async function attempt<Result>(task: () => Promise<Result>): Promise<Result | null> {
    failure.value = null
    try {
      return await task()
    } catch (error) {
      failure.value = describeFailure(error)
      return null
    }
  }

  return { draft, tasks, forecast, forecastFailure, failure, isForecasting, isStarting, problems, request, demoModel, open, change, changeTask, addTask, takeAblationArms, takeAblationOf, takeExperiment, reset, takeYaml, printYaml, start, startDemo }
})

function readDraft(raw: string): ExperimentDraft {
  try {
    return experimentDraftSchema.parse(JSON.parse(raw))
  } catch {
    return emptyExperimentDraft() // kept by another version, or not by us
  }
}
