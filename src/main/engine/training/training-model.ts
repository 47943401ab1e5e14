/** @file The model that a run trains: read from disk, or begun anew and written there first. Trains nothing. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { ModelLocation } from '../../../shared/domain/model.ts'
import type { TrainingConfig } from '../../../shared/domain/training.ts'
import { readBaseModel, readMemGenCheckpoint, writeMemGenCheckpoint, type MemGenCheckpoint } from '../checkpoint/index.ts'
import { planModel, type ModelPlan } from '../memgen/model-plan.ts'
import { openTokenizer, type Tokenizer } from '../tokenization/tokenizer.ts'
import { readJsonFile } from '../checkpoint/json-file.ts'
import { z } from 'zod'
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

export function readBaseConfig(directory: string): Record<string, unknown> {
  return readJsonFile(join(directory, 'config.json'), z.record(z.string(), z.unknown()))
}

function writeInitial(config: TrainingConfig): string {
  const directory = join(config.outputDirectory, 'initial')
  if (existsSync(directory)) {
    readMemGenCheckpoint(directory)
    return directory
  }
  const { reasonerDir, weaverDir, triggerDir } = config.model
  const reasoner = readBaseModel(reasonerDir).config
  const bases = {
    reasoner,
    weaver: weaverDir === undefined ? reasoner : readBaseModel(weaverDir).config,
    trigger: triggerDir === undefined ? reasoner : readBaseModel(triggerDir).config,
  }
  writeMemGenCheckpoint(directory, freshCheckpoint(directory, bases, config), { baseConfig: readBaseConfig(reasonerDir) })
  return directory
}
