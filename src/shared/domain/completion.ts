/** @file What evaluations and training keep of one generation (the compact record of docs/DESIGN.md 6, without latents). It does not know the prompt. */
import { z } from 'zod'
import { compactRecordSchema } from './compact-record.ts'
import { decisionSchema } from './step.ts'
import { finishSchema } from './trace.ts'

export const completionSchema = z.object({
  sampleId: z.string(),
  /** 0-based among the generations of one sample. */
  repeat: z.int().nonnegative(),
  /** Generated ids, the end of sequence included. */
  tokenIds: z.array(z.int().nonnegative()),
  /** Up to, not including, the first end of sequence, special tokens left out (docs/REFERENCE.md 4.4). */
  text: z.string(),
  /** The reference's `augmentation_pos`: for each token the decision taken before it. */
  decisions: z.array(decisionSchema),
  /** For each token [skip, insert], null where no trained trigger was asked. */
  triggerLogits: z.array(z.tuple([z.number(), z.number()]).nullable()),
  /** For each token as `Step.logprob`; null where they were not asked for. */
  logprobs: z.array(z.number()).nullable(),
  /** Insertions before the first token (0 or 1) and after it. */
  insertions: z.object({ prompt: z.int().nonnegative(), inference: z.int().nonnegative() }),
  /** Candidates passed, the prompt's end included. The policy `candidates` has the gate asked everywhere; others where they look at it. */
  candidateCount: z.int().nonnegative().optional(),
  /** Where it was asked for. */
  record: compactRecordSchema.optional(),
  finish: finishSchema,
  /** What went wrong, where `finish` is `error`. */
  error: z.string().nullable(),
})
export type Completion = z.infer<typeof completionSchema>
