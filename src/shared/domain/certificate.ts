/** @file What re-running a trace from its record showed. It does not know who ran it. */
import { z } from 'zod'

export const certificateSchema = z.object({
  /** 'exact': ids, decisions and every recorded number are the same; 'same-tokens': ids and decisions; 'differs': not even these. */
  verdict: z.enum(['exact', 'same-tokens', 'differs']),
  comparedSteps: z.int().nonnegative(),
  /** First step with another token or decision; null where there is none. */
  firstDifference: z
    .object({
      stepIndex: z.int().nonnegative(),
      what: z.enum(['token', 'decision', 'length']),
      /** Between the two likeliest tokens as recorded, in nats: a small gap makes rounding a likely cause. */
      topGap: z.number().nullable(),
    })
    .nullable(),
  /** Largest absolute difference over the recorded top-k logprobs, in nats. */
  largestLogprobDifference: z.number(),
  /** Over recorded trigger logits; 0 where none was recorded. */
  largestTriggerLogitDifference: z.number(),
  /** Over recorded latents as they were injected; 0 where none was recorded. */
  largestLatentDifference: z.number(),
  device: z.string(),
  /** Unix milliseconds, UTC. */
  createdAt: z.int(),
})
export type Certificate = z.infer<typeof certificateSchema>
