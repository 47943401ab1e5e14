/** @file The model that a run trains: read from disk, or begun anew and written there first. Trains nothing. */
import { join } from 'node:path'
import { z } from 'zod'
import type { ModelLocation } from '../../../shared/domain/model.ts'
import type { TrainingConfig } from '../../../shared/domain/training.ts'
import { readBaseModel, writeMemGenCheckpoint, type BaseModel, type MemGenCheckpoint } from '../checkpoint/index.ts'
import { readJsonFile } from '../checkpoint/json-file.ts'
import { planModel, type ModelPlan } from '../memgen/model-plan.ts'
import { elementCount } from '../tensor/dtype.ts'
import { openTokenizer, type Tokenizer } from '../tokenization/tokenizer.ts'
import { freshCheckpoint } from './fresh-checkpoint.ts'

export interface TrainingModel {
  readonly plan: ModelPlan
  readonly location: ModelLocation
  /** With the run's own limits and trigger in place of those it was saved with. */
  readonly checkpoint: MemGenCheckpoint
  readonly tokenizer: Tokenizer
  /** The reasoner's config.json, which a MemGen checkpoint repeats. */
  readonly baseConfig: Readonly<Record<string, unknown>>
}

/**
 * Reads the parts. Where the run has no checkpoint to start from, a fresh one is written to `initial` in its output folder, so that
 * where it started can be looked at, and is read from there like any other.
 */
export async function openTrainingModel(config: TrainingConfig): Promise<TrainingModel> {
  const { model } = config
  const given: ModelLocation = { ...model, checkpointDir: model.checkpointDir ?? writeInitial(config) }
  const location: ModelLocation = {
    reasonerDir: given.reasonerDir,
    checkpointDir: given.checkpointDir,
    ...(given.weaverDir === undefined ? {} : { weaverDir: given.weaverDir }),
    ...(given.triggerDir === undefined ? {} : { triggerDir: given.triggerDir }),
  }
  const plan = await planModel(location)
  if (plan.checkpoint === undefined) throw new Error('internal: a training model without its checkpoint')
  const { maxPromptAugNum, maxInferenceAugNum, triggerActive } = model
  return {
    plan,
    location,
    checkpoint: { ...plan.checkpoint, maxPromptAugNum, maxInferenceAugNum, triggerActive },
    tokenizer: openTokenizer(location.reasonerDir),
    baseConfig: readBaseConfig(location.reasonerDir),
  }
}

/** The whole config.json of a base, of which our checkpoints carry a copy. Throws CheckpointFormatError. */
export function readBaseConfig(directory: string): Record<string, unknown> {
  return readJsonFile(join(directory, 'config.json'), z.record(z.string(), z.unknown()))
}

/** What a run begins with, and how many numbers its base models hold. Writes nothing: it is asked while a configuration is still being made. */
export async function describeTrainingModel(config: TrainingConfig): Promise<{ checkpoint: MemGenCheckpoint; baseCount: number }> {
  if (config.model.checkpointDir !== undefined) {
    const { checkpoint, plan } = await openTrainingModel(config)
    return { checkpoint, baseCount: countNumbers(plan.bases.flatMap(({ locations }) => [...locations.values()])) }
  }
  const { reasoner, weaver, trigger } = readBases(config.model)
  const configs = { reasoner: reasoner.config, weaver: weaver.config, trigger: trigger.config }
  const folders = new Map([reasoner, weaver, trigger].map((base) => [base.directory, base.weights]))
  return {
    checkpoint: freshCheckpoint(config.outputDirectory, configs, config),
    baseCount: countNumbers([...folders.values()].flatMap(({ tensors }) => [...tensors.values()])),
  }
}

/** Of all tensors together, whatever their dtypes. */
export function countNumbers(tensors: readonly { readonly shape: readonly number[] }[]): number {
  return tensors.reduce((sum, { shape }) => sum + elementCount(shape), 0)
}

/** Weaver and trigger stand on the reasoner's base where they have none of their own. */
function readBases({ reasonerDir, weaverDir, triggerDir }: ModelLocation): { reasoner: BaseModel; weaver: BaseModel; trigger: BaseModel } {
  const reasoner = readBaseModel(reasonerDir)
  return {
    reasoner,
    weaver: weaverDir === undefined ? reasoner : readBaseModel(weaverDir),
    trigger: triggerDir === undefined ? reasoner : readBaseModel(triggerDir),
  }
}

/** Written anew each time: it follows from configuration and seed, and one of another configuration must not be gone on from. */
function writeInitial(config: TrainingConfig): string {
  const directory = join(config.outputDirectory, 'initial')
  const { reasoner, weaver, trigger } = readBases(config.model)
  const bases = { reasoner: reasoner.config, weaver: weaver.config, trigger: trigger.config }
  writeMemGenCheckpoint(directory, freshCheckpoint(directory, bases, config), { baseConfig: readBaseConfig(config.model.reasonerDir) })
  return directory
}
