/** @file From a run's config to the task that its loop takes steps of: which model, which rows. Takes no step. */
import type { TrainingConfig } from '../../../shared/domain/training.ts'
import { describeTrainingDevice } from '../../../shared/domain/training-device.ts'
import type { ForeseenTraining, TrainableParameters, TrainingEvent } from '../../../shared/domain/training-event.ts'
import { readBaseModel, type MemGenCheckpoint } from '../checkpoint/index.ts'
import { openTokenizer, type Tokenizer } from '../tokenization/tokenizer.ts'
import { DropoutMasks, noDropout, type Dropout } from './dropout-masks.ts'
import { GrpoTask } from './grpo-task.ts'
import { LanguageModel } from './language-model.ts'
import type { LossHead } from './loss-graph.ts'
import { triggerParameters, weaverParameters } from './memgen-parameters.ts'
import { ParameterSet } from './parameter-set.ts'
import { seededStream } from './seeded-stream.ts'
import { findIdleTargets, findOverruledSettings } from './settings-without-effect.ts'
import { SftTask, type SupervisedModel, type SupervisedRow } from './sft-task.ts'
import { IGNORED_LABEL, assistantMarks, ignoreAssistantHeaders, type LabelledRow } from './supervised-rows.ts'
import { encodeRows, fingerprintOf, readTrainingSamples, type DataReport, type TrainingSamples } from './training-data.ts'
import { countNumbers, describeTrainingModel, openTrainingModel, type TrainingModel } from './training-model.ts'
import { TrainingRollouts } from './training-rollouts.ts'
import type { TrainingTask } from './training-task.ts'
import { TriggerModel } from './trigger-model.ts'
import { weaverGrpoModel } from './weaver-grpo-model.ts'
import { WeaverModel, WeaverRows } from './weaver-model.ts'

type OnEvent = (event: TrainingEvent) => void
type Data = TrainingSamples & { readonly reports: readonly DataReport[] }

export interface OpenedTask {
  readonly task: TrainingTask
  /** Of the samples that it takes its steps with. */
  readonly dataFingerprint: string
}

/** Throws CheckpointFormatError, DatasetError, or an error that says what the run lacks. */
export async function openTrainingTask(config: TrainingConfig, onEvent: OnEvent): Promise<OpenedTask> {
  const deviceNotice = describeTrainingDevice(config)
  if (deviceNotice !== null) onEvent({ kind: 'warning', message: deviceNotice })
  onEvent({ kind: 'progress', stage: 'reading data', fraction: null })
  const data = await readTrainingSamples(config)
  onEvent({ kind: 'progress', stage: 'opening the model', fraction: null })
  const task = await openTask(config, data, onEvent)
  for (const message of idleTargets(config, task.parameters)) onEvent({ kind: 'warning', message })
  onEvent({ kind: 'parameters', ...listed(task.parameters, await totalCount(config, task.parameters)) })
  return { task, dataFingerprint: fingerprintOf(data) }
}

/** What a run would train, and which of its settings have no effect. Writes nothing. */
export async function foreseeTraining(config: TrainingConfig): Promise<ForeseenTraining> {
  if (config.stage === 'pretrain') {
    const model = await LanguageModel.open(config)
    await model.release()
    return { ...listed(model.parameters, await totalCount(config, model.parameters)), withoutEffect: idleTargets(config, model.parameters) }
  }
  const { checkpoint } = await describeTrainingModel(config)
  const parameters = ParameterSet.from(config.stage === 'weaver' ? weaverParameters(checkpoint) : triggerParameters(checkpoint))
  return { ...listed(parameters, await totalCount(config, parameters)), withoutEffect: [...overruledSettings(config, checkpoint), ...idleTargets(config, parameters)] }
}

/** A model that begins anew is made as the configuration says. */
function overruledSettings(config: TrainingConfig, checkpoint: MemGenCheckpoint): string[] {
  return config.model.checkpointDir === undefined ? [] : findOverruledSettings(config, checkpoint)
}

/** A checkpoint's own modules are trained, which `overruledSettings` tells. */
function idleTargets(config: TrainingConfig, parameters: ParameterSet): string[] {
  return config.stage !== 'pretrain' && config.model.checkpointDir !== undefined ? [] : findIdleTargets(config, parameters)
}

function openTask(config: TrainingConfig, data: Data, onEvent: OnEvent): Promise<TrainingTask> {
  switch (config.stage) {
    case 'pretrain':
      return openLanguageModelTask(config, data, onEvent)
    case 'weaver':
      return config.method === 'sft' ? openWeaverSftTask(config, data, onEvent) : openWeaverGrpoTask(config, data, onEvent)
    case 'trigger':
      return openTriggerTask(config, data, onEvent)
    default:
      return config.stage satisfies never
  }
}

async function openLanguageModelTask(config: TrainingConfig, data: Data, onEvent: OnEvent): Promise<TrainingTask> {
  const tokenizer = openTokenizer(config.model.reasonerDir)
  const marks = assistantMarks(tokenizer)
  const toRows = (rows: readonly LabelledRow[]): SupervisedRow[] =>
    rows.map((row) => {
      const labels = ignoreAssistantHeaders(row, marks)
      const targets = labels.flatMap((label, position) => (label === IGNORED_LABEL || position === 0 ? [] : [{ position, label }]))
      const pass = { ids: row.ids.slice(0, (targets.at(-1)?.position ?? 0) + 1), insertions: [], targets }
      return { length: row.ids.length, passes: () => [pass] }
    })
  const [train, validation] = supervisedRows(config, data, tokenizer, onEvent)
  return sftTask(config, await LanguageModel.open(config), toRows(train), toRows(validation), config.model.reasonerLora?.loraDropout ?? 0)
}

/** Says what the run's checkpoint overrules. */
async function openModel(config: TrainingConfig, onEvent: OnEvent): Promise<TrainingModel> {
  const model = await openTrainingModel(config)
  for (const message of overruledSettings(config, model.checkpoint)) onEvent({ kind: 'warning', message })
  return model
}

async function openWeaverSftTask(config: TrainingConfig, data: Data, onEvent: OnEvent): Promise<TrainingTask> {
  const model = await openModel(config, onEvent)
  const rows = new WeaverRows(model, config)
  const [train, validation] = supervisedRows(config, data, model.tokenizer, onEvent).map((encoded) => {
    const { rows: accepted, rejectedCount, firstReason } = rows.accept(encoded)
    if (rejectedCount > 0) onEvent({ kind: 'warning', message: `${rejectedCount} rows are left out, since forward() cannot train on them. The first: ${firstReason}` })
    return accepted
  }) as [SupervisedRow[], SupervisedRow[]]
  const rollouts = await TrainingRollouts.open(model, config)
  const shown = data.validation.length > 0 ? data.validation : data.train
  const weaver = await WeaverModel.open(model, config, { kind: 'cross-entropy' }, rollouts, shown)
  return sftTask(config, weaver, train, validation, config.model.weaverLora.loraDropout)
}

async function openWeaverGrpoTask(config: TrainingConfig, data: Data, onEvent: OnEvent): Promise<TrainingTask> {
  const model = await openModel(config, onEvent)
  const rollouts = await TrainingRollouts.open(model, config)
  const weaver = await WeaverModel.open(model, config, grpoHead(config), rollouts, [])
  const samples = rolloutSamples(config, data, rollouts, onEvent)
  const rows = new WeaverRows(model, config, samples.train[0] && rollouts.promptIds(samples.train[0]))
  return new GrpoTask(weaverGrpoModel(weaver, rows, rollouts, model, config), { config, dropoutAt: dropoutOf(config, config.model.weaverLora.loraDropout), ...samples })
}

async function openTriggerTask(config: TrainingConfig, data: Data, onEvent: OnEvent): Promise<TrainingTask> {
  const model = await openModel(config, onEvent)
  if (config.grpo === null) throw new Error('internal: GRPO without its settings')
  const rollouts = await TrainingRollouts.open(model, config)
  return new GrpoTask(await TriggerModel.open(model, config, config.grpo, rollouts), { config, dropoutAt: dropoutOf(config, config.model.triggerLora.loraDropout), ...rolloutSamples(config, data, rollouts, onEvent) })
}

function sftTask(config: TrainingConfig, model: SupervisedModel, train: readonly SupervisedRow[], validation: readonly SupervisedRow[], dropout: number): TrainingTask {
  if (train.length === 0) throw new Error(`${config.dataset.trainFile}: expected samples that can be trained on, found none`)
  return new SftTask(model, { config, train, validation, dropoutAt: dropoutOf(config, dropout) })
}

/** A step's masks depend on the run's seed and the step alone, so a resumed run has the same. */
function dropoutOf({ seed }: TrainingConfig, probability: number): (step: number) => Dropout {
  return (step) => (probability === 0 ? noDropout : new DropoutMasks(probability, seededStream(seed, 'dropout', step)))
}

function grpoHead({ grpo }: TrainingConfig): LossHead {
  if (grpo === null) throw new Error('internal: GRPO without its settings')
  const { epsilonLow, epsilonHigh, delta, beta } = grpo
  return { kind: 'grpo', epsilonLow, epsilonHigh, delta: delta ?? undefined, beta }
}

/** Rows for training and validation; what is left out is counted and said. */
function supervisedRows(config: TrainingConfig, data: Data, tokenizer: Tokenizer, onEvent: OnEvent): [LabelledRow[], LabelledRow[]] {
  const [train, validation] = [data.train, data.validation].map((samples, index) => {
    const { rows, tooLongCount, emptyCount } = encodeRows(samples, tokenizer, config.optimisation.maxLength)
    const report = data.reports[index]
    if (report !== undefined) onEvent({ kind: 'data', ...report, tooLongCount })
    if (emptyCount > 0) onEvent({ kind: 'warning', message: `${emptyCount} samples of ${report?.file ?? ''} have no assistant message to learn from, and are left out.` })
    if (index === 0 && rows.length === 0) {
      throw new Error(`${report?.file ?? ''}: expected samples of at most max_length = ${config.optimisation.maxLength} tokens with an answer to learn, found none among ${samples.length} (${tooLongCount} are longer)`)
    }
    return rows
  })
  return [train ?? [], validation ?? []]
}

/** Samples whose prompts leave room for a completion; throws where none of them can be judged. */
function rolloutSamples({ grpo, dataset }: TrainingConfig, data: Data, rollouts: TrainingRollouts, onEvent: OnEvent): TrainingSamples {
  const limit = grpo?.maxPromptLength ?? 0
  const [train, validation] = [data.train, data.validation].map((samples, index) => {
    const kept = samples.filter((sample) => rollouts.promptIds(sample).length <= limit)
    const report = data.reports[index]
    if (report !== undefined) onEvent({ kind: 'data', ...report, tooLongCount: samples.length - kept.length })
    if (index === 0 && kept.length === 0) throw new Error(`${report?.file ?? ''}: expected samples with prompts of at most max_prompt_length = ${limit} tokens, found none among ${samples.length}`)
    return kept
  })
  const problems = (train ?? []).flatMap((sample) => rollouts.judgingProblem(sample) ?? [])
  const [first] = problems
  if (first !== undefined && problems.length === train?.length) {
    throw new Error(`${dataset.trainFile}: expected samples that can be judged (dataset.reward: ${dataset.reward}), found none among ${problems.length}. The first: ${first}`)
  }
  if (first !== undefined) onEvent({ kind: 'warning', message: `${problems.length} of ${train?.length} samples cannot be judged, so nothing is learnt from them. The first: ${first}` })
  return { train: train ?? [], validation: validation ?? [] }
}

function listed(parameters: ParameterSet, total: number): TrainableParameters {
  const trainable = parameters.list().map(({ name, shape, count }) => ({ name, shape: [...shape], count }))
  return { trainable, trainableCount: parameters.elementCount, totalCount: total }
}

/** All parameters of the model: bases that are in memory once, adapters and the parts of memory. */
async function totalCount(config: TrainingConfig, trained: ParameterSet): Promise<number> {
  if (config.stage === 'pretrain') {
    if (config.model.reasonerLora === null) return trained.elementCount
    return trained.elementCount + countNumbers([...readBaseModel(config.model.reasonerDir).weights.tensors.values()])
  }
  const { checkpoint, baseCount } = await describeTrainingModel(config)
  return baseCount + countNumbers([...weaverParameters(checkpoint), ...triggerParameters(checkpoint)])
}
