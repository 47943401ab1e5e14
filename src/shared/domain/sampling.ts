/** @file How a token is chosen from logits. Does not know the seed: randomness belongs to a run, a sample and a repeat. */
import { z } from 'zod'

/** Filters apply in this order: repetitionPenalty, temperature, topK, topP, minP. Every default leaves the logits alone. */
export const samplingConfigSchema = z.object({
  /** False is greedy: the largest logit, the lowest id on ties. */
  doSample: z.boolean().default(false),
  /** 0 is greedy too. */
  temperature: z.number().min(0).default(1),
  /** Keep the k largest logits and those equal to the last of them; 0 is off. */
  topK: z.number().int().min(0).default(0),
  /** Keep the fewest most likely tokens whose probabilities reach this sum; 1 is off. */
  topP: z.number().gt(0).max(1).default(1),
  /** Drop tokens less likely than this share of the most likely one; 0 is off. */
  minP: z.number().min(0).max(1).default(0),
  /** Divides positive and multiplies negative logits of tokens that occurred before, also in greedy choice; 1 is off. */
  repetitionPenalty: z.number().gt(0).default(1),
})

export type SamplingConfig = z.infer<typeof samplingConfigSchema>
