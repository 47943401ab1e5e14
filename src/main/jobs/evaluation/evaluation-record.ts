/** @file The lines of an evaluation's file: one header, then one line a completion. It reads and writes nothing. */
import { z } from 'zod'
import type { Completion } from '../../../shared/domain/completion.ts'
import { modelLocationSchema } from '../../../shared/domain/model.ts'
import { runConfigSchema } from '../../../shared/domain/run-config.ts'
import { finishSchema } from '../../../shared/domain/trace.ts'
import type { Score } from '../../tasks/index.ts'

/** What all completions of a file have in common; one that differs in any of it belongs in another file. */
export const evaluationHeaderSchema = z.object({
  type: z.literal('evaluation'),
  format: z.literal('memgen-evaluation/1'),
  model: modelLocationSchema,
  /** Changes when any file of the model does. */
  modelStamp: z.string(),
  dataPath: z.string(),
  dataStamp: z.string(),
  reward: z.string(),
  config: runConfigSchema.omit({ policy: true, intervention: true }),
})
export type EvaluationHeader = z.infer<typeof evaluationHeaderSchema>

export const evaluationRowSchema = z.object({
  type: z.literal('completion'),
  /** The policy as it was written, its intervention included. */
  policy: z.string(),
  sampleId: z.string(),
  /** null where it could not be judged; `rewardError` says why. */
  reward: z.number().nullable(),
  rewardError: z.string().nullable(),
  text: z.string(),
  tokenCount: z.int().nonnegative(),
  insertions: z.object({ prompt: z.int().nonnegative(), inference: z.int().nonnegative() }),
  /** Steps at which the policy was asked: what it said and, of a trained trigger, its logits [skip, insert]. */
  decisions: z.array(z.object({ step: z.int().nonnegative(), decision: z.union([z.literal(0), z.literal(1)]), triggerLogits: z.tuple([z.number(), z.number()]).nullable() })),
  finish: finishSchema,
  error: z.string().nullable(),
})
export type EvaluationRow = z.infer<typeof evaluationRowSchema>

export function toEvaluationRow(policy: string, { sampleId, text, tokenIds, insertions, finish, error, ...completion }: Completion, score: Score): EvaluationRow {
  return {
    type: 'completion',
    policy,
    sampleId,
    reward: 'reward' in score ? score.reward : null,
    rewardError: 'error' in score ? score.error : null,
    text,
    tokenCount: tokenIds.length,
    insertions,
    decisions: completion.decisions.flatMap((decision, step) => (decision === -100 ? [] : [{ step, decision, triggerLogits: completion.triggerLogits[step] ?? null }])),
    finish,
    error,
  }
}
