/** @file An evaluation of another program as a run of ours: what its file said, and defaults where it said nothing. It does not know file formats. */
import { createHash } from 'node:crypto'
import { statSync } from 'node:fs'
import { experimentRequestSchema, type EvaluationRun, type Experiment } from '../../../shared/domain/evaluation.ts'
import type { EvaluationRunId, ExperimentId } from '../../../shared/domain/experiment-ids.ts'
import type { ModelId } from '../../../shared/domain/identifiers.ts'
import { taskNameSchema, taskRequestSchema, type DatasetStamp, type TaskName, type TaskSample } from '../../../shared/domain/task.ts'
import type { Prompt } from '../../../shared/domain/trace.ts'
import type { EvaluationLog } from '../../log/index.ts'
import { addRunResults, type ImportedResult } from './add-run-results.ts'

/** One sample with what was generated for it and how it was judged there. */
export interface ForeignResult {
  readonly sampleId: string
  /** `test.jsonl, line 7` */
  readonly origin: string
  readonly prompt: Prompt
  readonly solution: string | null
  readonly text: string
  /** null where the file has no score of this sample. */
  readonly reward: number | null
}

export interface ForeignRun {
  readonly name: string
  readonly task: TaskName
  /** Insertions while decoding at most; null where the file does not say. */
  readonly maxInferenceAugNum: number | null
  readonly results: readonly ForeignResult[]
}

/** Stands for the model of a run whose file does not name a model of the library. */
const FOREIGN_MODEL_ID = 'imported' as string as ModelId
const FOREIGN_MODEL_NAME = 'imported'

/** Of the task that a path speaks of, such as `.cache/evaluate/gsm8k/…`; `generic` where it speaks of none. */
export function taskOfPath(path: string): TaskName {
  const lower = path.toLowerCase()
  return taskNameSchema.options.find((name) => name !== 'generic' && lower.includes(name)) ?? 'generic'
}

/**
 * Adds the runs under one experiment. The same file again finds its runs by their ids, which follow from its bytes, and adds what an import
 * that broke off left out.
 * @returns runs that have grown, with how many results they got
 */
export async function addForeignRuns(log: EvaluationLog, { path, name, sha256, runs, createdAt }: { path: string; name: string; sha256: string; runs: readonly ForeignRun[]; createdAt: number }): Promise<{ runIds: EvaluationRunId[]; resultCount: number }> {
  const experimentId = `imported-${sha256.slice(0, 24)}` as ExperimentId
  const isHere = (await log.getExperiment(experimentId)) !== undefined
  const [first] = runs
  if (first === undefined) return { runIds: [], resultCount: 0 }
  const experiment = { id: experimentId, name, createdAt, request: experimentRequestOf(path, name, first.task) }
  const planned = runs.map((run, index) => toRun(run, { path, id: `${experimentId}-${index}` as EvaluationRunId, experiment, sha256 }))
  if (!isHere) await log.createExperiment(experiment, planned.map(({ id, name: runName, modelName, plan, tags }) => ({ id, name: runName, modelName, plan, tags, importedFrom: path, createdAt })))
  const runIds: EvaluationRunId[] = []
  let resultCount = 0
  for (const [index, run] of planned.entries()) {
    const { results, task } = runs[index] ?? first
    const before = (await log.getRun(run.id))?.totals.done ?? 0
    await log.saveDataset(stampOf(run, path, sha256), task, results.map(toSample))
    const { done } = await addRunResults(log, run, results.map(toResult))
    if (done > before) runIds.push(run.id)
    resultCount += done - before
  }
  return { runIds, resultCount }
}

function experimentRequestOf(path: string, name: string, task: TaskName): Experiment['request'] {
  return experimentRequestSchema.parse({ name: name.slice(0, 200), models: [FOREIGN_MODEL_ID], tasks: [taskRequestOf(path, task)], arms: [{ policy: { kind: 'trigger' } }], latents: 'none' })
}

function taskRequestOf(path: string, name: TaskName) {
  return taskRequestSchema.parse({ name, source: { kind: 'files', paths: [path] } })
}

function toRun(
  { name, task, maxInferenceAugNum, results }: ForeignRun,
  { path, id, experiment, sha256 }: { path: string; id: EvaluationRunId; experiment: Pick<Experiment, 'id' | 'name' | 'request'> & { createdAt: number }; sha256: string },
): EvaluationRun {
  const { request, createdAt } = experiment
  const datasetId = createHash('sha256').update(`${sha256} ${name}`).digest('hex')
  return {
    id,
    experimentId: experiment.id,
    experimentName: experiment.name,
    name,
    modelName: FOREIGN_MODEL_NAME,
    plan: { modelId: FOREIGN_MODEL_ID, task: taskRequestOf(path, task), config: { ...request.config, maxInferenceAugNum }, repeats: 1, latents: 'none', batchSize: 1 },
    status: 'finished',
    error: null,
    total: results.length,
    totals: { done: 0, judged: 0, right: 0, rewardSum: 0, failed: 0, tokens: 0, promptInsertions: 0, inferenceInsertions: 0, elapsedMs: 0 },
    accuracy: null,
    datasetId,
    provenance: null,
    computedWith: null,
    importedFrom: path,
    tags: ['imported'],
    note: '',
    isStarred: false,
    trashedAt: null,
    createdAt,
    updatedAt: createdAt,
  }
}

function stampOf({ datasetId, total }: EvaluationRun, path: string, sha256: string): DatasetStamp {
  if (datasetId === null) throw new Error('internal: an imported run has samples')
  return { id: datasetId, files: [{ path, sizeBytes: statSync(path).size, sha256 }], sampleCount: total, problemCount: 0, problems: [] }
}

function toSample({ sampleId, origin, prompt, solution }: ForeignResult): TaskSample {
  return { id: sampleId, origin, domain: null, prompt, solution, answers: [], extra: {} }
}

/** Tokens and insertions are not in such files: the record of the one turn is empty. */
function toResult({ sampleId, prompt, solution, text, reward }: ForeignResult): ImportedResult {
  const record = { promptTokenCount: 0, tokenIds: new Int32Array(), texts: [], logprobs: new Float32Array(), entropies: new Float32Array(), asked: [], donors: null, weaves: [] }
  return {
    result: {
      sampleId,
      repeat: 0,
      domain: null,
      text,
      turnCount: 1,
      judgement: { reward, error: reward === null ? 'The imported file has no score of this sample.' : null, extracted: null, expected: solution },
      human: null,
      tokenCount: 0,
      insertions: { prompt: 0, inference: 0 },
      finish: 'eos',
      error: null,
    },
    turns: [{ turn: 0, prompt, text, observation: null, record }],
  }
}
