/** @file Everything that determines a generation besides model and prompt; it does not know where it runs. */
import { z } from 'zod'
import { latentInterventionSchema } from './latent-intervention.ts'
import { candidateGateSchema, memoryPolicySchema } from './memory-policy.ts'
import { samplingConfigSchema } from './sampling.ts'

export const runConfigSchema = z.object({
  policy: memoryPolicySchema.default({ kind: 'trigger' }),
  /** What is done to the latents of every insertion; null leaves them as they were woven. */
  intervention: latentInterventionSchema.nullable().default(null),
  gate: candidateGateSchema.default('text'),
  maxNewTokens: z.int().min(1).max(1_000_000).default(256),
  /** Inference insertions allowed per row; null takes the checkpoint's own `max_inference_aug_num`. */
  maxInferenceAugNum: z.int().nonnegative().nullable().default(null),
  /** null takes the checkpoint's own `trigger_active`. */
  triggerActive: z.boolean().nullable().default(null),
  /** How the reasoner draws tokens (the reference's `weaver_do_sample` and `temperature`). */
  sampling: samplingConfigSchema.prefault({}),
  /** Draw the trigger's decision instead of taking the larger logit, at the sampling temperature. */
  triggerDoSample: z.boolean().default(false),
  /**
   * Sample what follows the last allowed insertion as the reference does, at temperature 1 with top-k 50, instead of as
   * asked (docs/REFERENCE.md 3.5). Changes sampled runs only.
   */
  referenceTail: z.boolean().default(false),
  seed: z.int().nonnegative().default(42),
  /** How many of the likeliest tokens a step records. */
  recordTopK: z.int().min(0).max(100).default(10),
  /** How many nearest vocabulary entries a weave records for each latent. Costs one read of the embedding table. */
  recordNearest: z.int().min(0).max(100).default(5),
})
export type RunConfig = z.infer<typeof runConfigSchema>
/** A run config before defaults are filled in. */
export type RunConfigInput = z.input<typeof runConfigSchema>
