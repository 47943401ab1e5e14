/**
 * @file Reads the training part of one case of the reference's vectors (test/golden/README.md, "train.json"). It compares nothing.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { readSafetensorsHeader, readTensor } from '../../src/main/engine/checkpoint/index.ts'
import type { HostTensor } from '../../src/main/engine/tensor/host-tensor.ts'
import { chatMessageSchema } from '../../src/shared/domain/chat.ts'
import type { ModelLocation } from '../../src/shared/domain/model.ts'
import { findCaseDirectories, readGoldenCase } from './golden-case.ts'

const matrix = z.array(z.array(z.number()))
const shapes = z.record(z.string(), z.array(z.int()))

const sftExampleSchema = z.object({
  id: z.string(),
  mode: z.enum(['instruction', 'conversation']),
  messages: z.array(z.array(chatMessageSchema)).optional(),
  input_ids: matrix,
  attention_mask: matrix,
  labels: matrix,
  expected: z.object({
    postprocessed_labels: matrix,
    supervised_labels: matrix,
    augmentation_points: matrix.nullish(),
    loss: z.number(),
    logits: z.string().nullish(),
    grad_prefix: z.string().nullish(),
  }),
})

const sftSchema = z.object({
  options: z.object({ max_inference_aug_num: z.int(), max_prompt_aug_num: z.int() }),
  trainable: shapes,
  examples: z.array(sftExampleSchema),
  adamw: z.object({
    lr: z.number(),
    betas: z.tuple([z.number(), z.number()]),
    eps: z.number(),
    weight_decay: z.number(),
    examples: z.array(z.string()),
    losses: z.array(z.number()),
    after3_prefix: z.string(),
    unstable_elements: z.array(z.tuple([z.string(), z.int()])).default([]),
  }),
})

const variantSchema = z.object({
  loss_type: z.enum(['grpo', 'bnpo', 'dr_grpo']),
  beta: z.number(),
  old_per_token_logps: z.literal('given').nullable(),
  loss: z.number(),
  grad_prefix: z.string().nullish(),
  metrics: z.record(z.string(), z.number()).default({}),
})

const grpoSchema = z.object({
  options: z.object({
    max_inference_aug_num: z.int().optional(),
    max_prompt_aug_num: z.int().optional(),
    epsilon_low: z.number(),
    epsilon_high: z.number(),
    delta: z.number().nullable().default(null),
    temperature: z.number().default(1),
    max_completion_length: z.int(),
  }),
  trainable: shapes.optional(),
  rollout: z.object({
    prompt_ids: matrix,
    prompt_mask: matrix,
    completion_ids: matrix,
    completion_mask: matrix,
    /** The trigger's only. */
    augmentation_mask: matrix.optional(),
    raw_completion_ids: matrix.optional(),
    raw_augmentation_pos: matrix.optional(),
    rewards: z.array(z.number()),
    num_generations: z.int(),
    advantages: z.array(z.number()),
  }),
  old_per_token_logps: z.string(),
  ref_per_token_logps: z.string(),
  expected: z.object({ per_token_logps: z.string(), supervise_mask: matrix.optional(), variants: z.array(variantSchema) }),
})

const trainSchema = z.object({ weaver_sft: sftSchema, weaver_grpo: grpoSchema, trigger_grpo: grpoSchema })

const delimitersSchema = z.object({ model: z.object({ delimiters: z.array(z.string()).default([',', '.', '\n']) }).prefault({}) })

export type SftExample = z.infer<typeof sftExampleSchema>
export type GrpoPart = z.infer<typeof grpoSchema>
export type GrpoVariant = z.infer<typeof variantSchema>

export interface TrainingCase {
  readonly name: string
  readonly directory: string
  readonly location: ModelLocation
  readonly delimiters: readonly string[]
  readonly sft: z.infer<typeof sftSchema>
  readonly weaverGrpo: GrpoPart
  readonly triggerGrpo: GrpoPart
  /** A tensor of train.safetensors; throws where the case has none of that name. */
  tensor(name: string): HostTensor
}

/** Every case with a train.json, of `$GOLDEN_DIR` or the project's own folders. */
export function findTrainingCases(): TrainingCase[] {
  return findCaseDirectories()
    .filter((directory) => existsSync(join(directory, 'train.json')))
    .map(readTrainingCase)
}

export function readTrainingCase(directory: string): TrainingCase {
  const train = trainSchema.parse(readJson(join(directory, 'train.json')))
  const header = readSafetensorsHeader(join(directory, 'train.safetensors'))
  const { name, location } = readGoldenCase(directory)
  return {
    name,
    directory,
    location,
    delimiters: delimitersSchema.parse(readJson(join(directory, 'golden.json'))).model.delimiters,
    sft: train.weaver_sft,
    weaverGrpo: train.weaver_grpo,
    triggerGrpo: train.trigger_grpo,
    tensor(tensorName) {
      const entry = header.entries.get(tensorName)
      if (entry === undefined) throw new Error(`${header.path}: no tensor ${tensorName}`)
      return readTensor({ ...entry, name: tensorName, file: header.path })
    },
  }
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'))
}
