/**
 * @file Reads one case of the reference's vectors (test/golden/README.md). Needed are the models and, per request, options,
 * prompt ids and new ids; whatever else a case leaves out is simply not there to compare with. It compares nothing.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { z } from 'zod'
import type { ModelLocation } from '../../src/shared/domain/model.ts'
import { readSafetensorsHeader, readTensor } from '../../src/main/engine/checkpoint/index.ts'
import type { HostTensor } from '../../src/main/engine/tensor/host-tensor.ts'

/** The reference's vectors and our own cases. */
const ownFolders = [join(import.meta.dirname, '../golden'), join(import.meta.dirname, '../cases')]

const matrix = z.array(z.array(z.number()))

const weaverCallSchema = z.object({
  step: z.int(),
  rows: z.array(z.int()),
  kind: z.enum(['prompt', 'inference']),
  context_len: z.array(z.int()).optional(),
  pre: z.string().optional(),
  post: z.string().optional(),
  pre_norms: matrix.optional(),
  post_norms: matrix.optional(),
})

const triggerCallSchema = z.object({
  step: z.int(),
  row: z.int(),
  logits: z.tuple([z.number(), z.number()]).optional(),
})

const requestSchema = z.object({
  id: z.string(),
  options: z.object({
    /** These two override the checkpoint's. */
    trigger_active: z.boolean().optional(),
    max_inference_aug_num: z.int().optional(),
    max_new_tokens: z.int(),
    temperature: z.number().default(0),
    weaver_do_sample: z.boolean().default(false),
    trigger_do_sample: z.boolean().default(false),
  }),
  rows: z.array(z.object({ prompt_ids: z.array(z.int()) })),
  expected: z.object({
    new_ids: matrix,
    augmentation_pos: matrix.optional(),
    first_eos: z.array(z.int().nullable()).optional(),
    completion_text: z.array(z.string()).optional(),
    trigger_calls: z.array(triggerCallSchema).optional(),
    weaver_calls: z.array(weaverCallSchema).optional(),
    logits: z.string().optional(),
  }),
})

const goldenSchema = z.object({
  case: z.string().optional(),
  /** A role without a folder of its own uses the reasoner's. */
  directories: z.object({ reasoner: z.string(), weaver: z.string().optional(), trigger: z.string().optional(), checkpoint: z.string() }),
  requests: z.array(requestSchema),
})

export type GoldenRequest = z.infer<typeof requestSchema>

export interface GoldenCase {
  readonly name: string
  readonly directory: string
  readonly location: ModelLocation
  readonly requests: readonly GoldenRequest[]
  /** A tensor of golden.safetensors; undefined where the case has none of that name. */
  tensor(name: string | undefined): HostTensor | undefined
}

/**
 * Every folder with a golden.json in `folder`, or `folder` itself if it is a case. Training cases and loose files are passed over.
 * @param folder by default `$GOLDEN_DIR`, or else the project's own folders
 */
export function findCaseDirectories(folder = process.env['GOLDEN_DIR']): string[] {
  if (folder === undefined) return ownFolders.flatMap((own) => findCaseDirectories(own))
  const root = resolve(folder)
  const candidates = [root, ...readdirSync(root).sort().map((name) => join(root, name))]
  return candidates.filter((directory) => existsSync(join(directory, 'golden.json')))
}

export function findGoldenCases(): GoldenCase[] {
  return findCaseDirectories().map(readGoldenCase)
}

export function readGoldenCase(directory: string): GoldenCase {
  const golden = goldenSchema.parse(JSON.parse(readFileSync(join(directory, 'golden.json'), 'utf8')))
  const { reasoner, weaver = reasoner, trigger = reasoner, checkpoint } = golden.directories
  const tensorFile = join(directory, 'golden.safetensors')
  const header = existsSync(tensorFile) ? readSafetensorsHeader(tensorFile) : undefined
  return {
    name: golden.case ?? basename(directory),
    directory,
    location: {
      reasonerDir: join(directory, reasoner),
      weaverDir: join(directory, weaver),
      triggerDir: join(directory, trigger),
      checkpointDir: join(directory, checkpoint),
    },
    requests: golden.requests,
    tensor(name) {
      const entry = name === undefined ? undefined : header?.entries.get(name)
      return name === undefined || entry === undefined || header === undefined ? undefined : readTensor({ ...entry, name, file: header.path })
    },
  }
}
