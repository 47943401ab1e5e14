/**
 * @file What an evaluation keeps of one generation (docs/DESIGN.md 6, `compact`): a few numbers a token, no likeliest tokens, no generator
 * states, since the seed, the sample and the repeat give those back by a replay. It does not know how it is packed.
 */
import { z } from 'zod'
import { donorPositionsSchema } from './donor.ts'
import { decisionSchema, decisionSourceSchema } from './step.ts'
import { weaveKindSchema } from './weave.ts'

/** Which latents are kept: none; the projected ones as they were injected, in half precision; those and the weaver's hidden states, in f32. */
export const latentRecordSchema = z.enum(['none', 'projected', 'all'])
export type LatentRecord = z.infer<typeof latentRecordSchema>

const float32s = z.instanceof(Float32Array<ArrayBufferLike>)
const int32s = z.instanceof(Int32Array<ArrayBufferLike>)

/** A place where memory could have been inserted and somebody was asked. */
export const askedPlaceSchema = z.object({
  /** The decision was taken before the token of this step; 0 is the prompt's end. */
  stepIndex: z.int().nonnegative(),
  decision: decisionSchema,
  source: decisionSourceSchema,
  /** The delimiter that made it a candidate; null at the prompt's end and where the gate was not looked at. */
  delimiter: z.string().nullable(),
  /** [skip, insert]; null where no trained trigger was asked. */
  triggerLogits: z.tuple([z.number(), z.number()]).nullable(),
})
export type AskedPlace = z.infer<typeof askedPlaceSchema>

export const compactWeaveSchema = z.object({
  stepIndex: z.int().nonnegative(),
  kind: weaveKindSchema,
  contextLength: z.int().nonnegative(),
  /** L2 norm of each latent as it was injected, [K]; empty where a cluster's ablation dropped the block. */
  norms: z.array(z.number()),
  /** [K, hidden] row-major as it was injected; null where it was not kept. */
  latents: float32s.nullable(),
  /** [K, weaver hidden], the weaver's hidden states; null where they were not kept. */
  latentsBeforeProjection: float32s.nullable(),
})
export type CompactWeave = z.infer<typeof compactWeaveSchema>

/** Entry i of every column is step i. */
export const compactRecordSchema = z.object({
  promptTokenCount: z.int().nonnegative(),
  tokenIds: int32s,
  /** What each token adds to the text, as `Step.text`. */
  texts: z.array(z.string()),
  /** As `Step.logprob` and `Step.entropy`. */
  logprobs: float32s,
  entropies: float32s,
  /** In order of steps. */
  asked: z.array(askedPlaceSchema),
  /** Whose latents it was given; null without the intervention `other`, and where the run was recorded before this was. */
  donors: donorPositionsSchema.nullable().default(null),
  weaves: z.array(compactWeaveSchema),
})
export type CompactRecord = z.infer<typeof compactRecordSchema>
