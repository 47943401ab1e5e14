/**
 * @file When memory is inserted: the policies of docs/DESIGN.md 4.8, as data. It does not know how a
 * decision is computed.
 */
import { z } from 'zod'

export const memoryPolicySchema = z.discriminatedUnion('kind', [
  /** Never inserts; the frozen reasoner alone. */
  z.object({ kind: z.literal('vanilla') }),
  /** Inserts at step 0 and nowhere else. */
  z.object({ kind: z.literal('prompt-only') }),
  /** Asks the checkpoint's trigger, trained or constant. */
  z.object({ kind: z.literal('trigger') }),
  /** Inserts wherever the trigger would be asked. */
  z.object({ kind: z.literal('always') }),
  /** Inserts with probability p wherever the trigger would be asked, drawn from the row's policy stream. */
  z.object({
    kind: z.literal('random'),
    probability: z.number().min(0).max(1),
    /** At step 0, where it differs: a fair rival of a trigger has the trigger's rate there and after delimiters, each apart. */
    promptProbability: z.number().min(0).max(1).optional(),
  }),
  /** Inserts before the tokens at these steps, candidate or not, and ignores the limit. */
  z.object({ kind: z.literal('schedule'), steps: z.array(z.int().nonnegative()) }),
  /** Inserts at the candidates of these ordinals, 0 being the end of the prompt, and ignores the limit. */
  z.object({ kind: z.literal('candidates'), ordinals: z.array(z.int().nonnegative()) }),
])
export type MemoryPolicy = z.infer<typeof memoryPolicySchema>

export const memoryPolicyKinds = ['vanilla', 'prompt-only', 'trigger', 'always', 'random', 'schedule', 'candidates'] as const satisfies readonly MemoryPolicy['kind'][]

/** Which rule calls a position a candidate: the decoded text's ending (today's reference) or a set of token ids (its first release). */
export const candidateGateSchema = z.enum(['text', 'token-id'])
export type CandidateGate = z.infer<typeof candidateGateSchema>
