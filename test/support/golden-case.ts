/** @file Reads one case of the reference's vectors (test/golden/README.md). It compares nothing. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { chatMessageSchema } from '../../src/shared/domain/chat.ts'
import type { ModelLocation } from '../../src/shared/domain/model.ts'
import { readSafetensorsHeader, readTensor } from '../../src/main/engine/checkpoint/index.ts'
import type { HostTensor } from '../../src/main/engine/tensor/host-tensor.ts'

/** Where the cases lie: `$GOLDEN_DIR`, or the project's own copy. */
export const goldenDir = resolve(process.env['GOLDEN_DIR'] ?? join(import.meta.dirname, '../golden'))

const matrix = z.array(z.array(z.number()))

const weaverCallSchema = z.object({
  step: z.int(),
  rows: z.array(z.int()),
  kind: z.enum(['prompt', 'inference']),
  context_len: z.array(z.int()),
  latent_positions: matrix,
  pre: z.string(),
  post: z.string(),
  pre_norms: matrix,
  post_norms: matrix,
})

const requestSchema = z.object({
  id: z.string(),
  options: z.object({
    trigger_active: z.boolean(),
    max_inference_aug_num: z.int(),
    max_new_tokens: z.int(),
    temperature: z.number(),
    weaver_do_sample: z.boolean(),
    trigger_do_sample: z.boolean(),
  }),
  rows: z.array(z.object({ messages: z.array(chatMessageSchema), prompt_text: z.string(), prompt_ids: z.array(z.int()) })),
  expected: z.object({
    new_ids: matrix,
    augmentation_pos: matrix,
    live: matrix,
    first_eos: z.array(z.int().nullable()),
    completion_text: z.array(z.string()),
    trigger_calls: z.array(z.object({ step: z.int(), row: z.int(), logits: z.tuple([z.number(), z.number()]), decision: z.int() })),
    weaver_calls: z.array(weaverCallSchema),
    context_len: matrix,
    logits: z.string(),
  }),
})

const goldenSchema = z.object({
  case: z.string(),
  family: z.string(),
  directories: z.object({ reasoner: z.string(), weaver: z.string(), trigger: z.string(), checkpoint: z.string() }),
  model: z.object({ prompt_latents_len: z.int(), inference_latents_len: z.int(), vocab_size: z.int() }),
  requests: z.array(requestSchema),
})

export type GoldenRequest = z.infer<typeof requestSchema>

export interface GoldenCase {
  readonly name: string
  readonly directory: string
  readonly location: ModelLocation
  readonly requests: readonly GoldenRequest[]
  /** A tensor of golden.safetensors. */
  tensor(name: string): HostTensor
}

/** Every folder with a golden.json below `goldenDir`. */
export function findGoldenCases(): GoldenCase[] {
  return readdirSync(goldenDir, { withFileTypes: true })
    .filter((entry) => existsSync(join(goldenDir, entry.name, 'golden.json')))
    .map((entry) => readGoldenCase(join(goldenDir, entry.name)))
}

export function readGoldenCase(directory: string): GoldenCase {
  const golden = goldenSchema.parse(JSON.parse(readFileSync(join(directory, 'golden.json'), 'utf8')))
  const header = readSafetensorsHeader(join(directory, 'golden.safetensors'))
  const { reasoner, weaver, trigger, checkpoint } = golden.directories
  return {
    name: golden.case,
    directory,
    location: {
      reasonerDir: join(directory, reasoner),
      weaverDir: join(directory, weaver),
      triggerDir: join(directory, trigger),
      checkpointDir: join(directory, checkpoint),
    },
    requests: golden.requests,
    tensor(name) {
      const entry = header.entries.get(name)
      if (entry === undefined) throw new Error(`${header.path} has no tensor ${name}`)
      return readTensor({ ...entry, name, file: header.path })
    },
  }
}
