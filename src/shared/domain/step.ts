/** @file One step of a generation as it is recorded (docs/DESIGN.md 5); it does not know how steps are stored or drawn. */
import { z } from 'zod'
import { weaveIdSchema } from './identifiers.ts'

/** The decision where nobody was asked. */
export const NOT_ASKED = -100

/** The reference's `augmentation_pos` values: -100 not asked, 0 asked and declined, 1 insert. */
export const decisionSchema = z.union([z.literal(NOT_ASKED), z.literal(0), z.literal(1)])
export type Decision = z.infer<typeof decisionSchema>

/** Who decided: the trained trigger, a constant (inactive) trigger, the policy, or the user. */
export const decisionSourceSchema = z.enum(['model', 'constant', 'policy', 'forced'])
export type DecisionSource = z.infer<typeof decisionSourceSchema>

export const tokenCandidateSchema = z.object({
  tokenId: z.int().nonnegative(),
  /** The token decoded alone, so that a list of candidates can be read without a tokenizer. */
  text: z.string(),
  /** Natural logarithm of the model's probability, before temperature and filters. */
  logprob: z.number(),
})
export type TokenCandidate = z.infer<typeof tokenCandidateSchema>

/** Serialised states of a row's three random streams (xoroshiro128+), taken before the step drew anything. */
export const randomStateSchema = z.object({
  token: z.array(z.int()),
  trigger: z.array(z.int()),
  policy: z.array(z.int()),
})
export type RandomState = z.infer<typeof randomStateSchema>

/** The vanilla twin: the same tokens read without any latents. */
export const twinStepSchema = z.object({
  /** What the same draw gives without memory. */
  tokenId: z.int().nonnegative(),
  text: z.string(),
  /** Natural logarithm of the twin's probability of the token that was really chosen. */
  logprob: z.number(),
  /** KL(with memory || without) of the next-token distributions in nats, before temperature and filters. */
  kl: z.number(),
})
export type TwinStep = z.infer<typeof twinStepSchema>

export const stepSchema = z.object({
  /** 0-based; the decision of step i is taken before token i. */
  index: z.int().nonnegative(),
  tokenId: z.int().nonnegative(),
  /** What the token adds to the decoded text; empty while a character is incomplete. */
  text: z.string(),
  /** Natural logarithm of the model's probability of this token, before temperature and filters. */
  logprob: z.number(),
  /** Entropy of the next-token distribution in nats, before temperature and filters. */
  entropy: z.number(),
  topK: z.array(tokenCandidateSchema),
  /** Whether the gate lets the trigger be asked here. Step 0 always is one. */
  candidate: z.boolean(),
  /** Why this is, or would have been, a candidate; null where nothing matched. */
  gateReason: z.string().nullable(),
  /** [skip, insert], null where no trained trigger was asked. */
  triggerLogits: z.tuple([z.number(), z.number()]).nullable(),
  /** softmax(triggerLogits)[1], also where the user had the last word; null where no trained trigger was asked. */
  pInvoke: z.number().nullable(),
  decision: decisionSchema,
  decisionSource: decisionSourceSchema.nullable(),
  /** Inference insertions so far, this step included (the prompt's is free). */
  augmentationCount: z.int().nonnegative(),
  weaveId: weaveIdSchema.nullable(),
  randomState: randomStateSchema,
  elapsedMs: z.object({ decide: z.number(), weave: z.number(), decode: z.number() }),
  /** null where the twin did not run alongside. */
  twin: twinStepSchema.nullable().default(null),
})
export type Step = z.infer<typeof stepSchema>
