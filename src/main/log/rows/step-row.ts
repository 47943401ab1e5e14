/** @file A step as a row of the `step` table, both ways. Does not know queries. */
import { z } from 'zod'
import { decisionSchema, decisionSourceSchema, randomStateSchema, type Step, tokenCandidateSchema } from '../../../shared/domain/step.ts'
import { type TraceId, weaveIdSchema } from '../../../shared/domain/identifiers.ts'
import type { StepTable } from '../schema.ts'
import { flagColumn, jsonColumn, numberColumn, textColumn, toStoredJson, toStoredReal, toStoredText } from '../stored-values.ts'
import { readRow } from './read-row.ts'

const stepRowSchema = z
  .object({
    step_index: z.int().nonnegative(),
    token_id: z.int().nonnegative(),
    text: textColumn,
    logprob: numberColumn,
    entropy: numberColumn,
    top_k: jsonColumn(z.array(tokenCandidateSchema.extend({ logprob: numberColumn }))),
    candidate: flagColumn,
    gate_reason: textColumn.nullable(),
    trigger_logit_skip: numberColumn.nullable(),
    trigger_logit_insert: numberColumn.nullable(),
    p_invoke: numberColumn.nullable(),
    decision: decisionSchema,
    decision_source: decisionSourceSchema.nullable(),
    augmentation_count: z.int().nonnegative(),
    weave_id: textColumn.pipe(weaveIdSchema).nullable(),
    random_state: jsonColumn(randomStateSchema),
    decide_ms: numberColumn,
    weave_ms: numberColumn,
    decode_ms: numberColumn,
    twin_token_id: z.int().nonnegative().nullable(),
    twin_text: textColumn.nullable(),
    twin_logprob: numberColumn.nullable(),
    twin_kl: numberColumn.nullable(),
  })
  .refine((row) => (row.trigger_logit_skip === null) === (row.trigger_logit_insert === null), {
    path: ['trigger_logit_insert'],
    message: 'it must be null exactly where trigger_logit_skip is',
  })
  .refine((row) => [row.twin_text, row.twin_logprob, row.twin_kl].every((value) => (value === null) === (row.twin_token_id === null)), {
    path: ['twin_token_id'],
    message: 'it must be null exactly where the other columns of the twin are',
  })

export function toStepRow(traceId: TraceId, step: Step): StepTable {
  return {
    trace_id: toStoredText(traceId),
    step_index: step.index,
    token_id: step.tokenId,
    text: toStoredText(step.text),
    logprob: toStoredReal(step.logprob),
    entropy: toStoredReal(step.entropy),
    top_k: toStoredJson(step.topK),
    candidate: step.candidate ? 1 : 0,
    gate_reason: step.gateReason === null ? null : toStoredText(step.gateReason),
    trigger_logit_skip: step.triggerLogits === null ? null : toStoredReal(step.triggerLogits[0]),
    trigger_logit_insert: step.triggerLogits === null ? null : toStoredReal(step.triggerLogits[1]),
    p_invoke: step.pInvoke === null ? null : toStoredReal(step.pInvoke),
    decision: step.decision,
    decision_source: step.decisionSource,
    augmentation_count: step.augmentationCount,
    weave_id: step.weaveId === null ? null : toStoredText(step.weaveId),
    random_state: toStoredJson(step.randomState),
    decide_ms: toStoredReal(step.elapsedMs.decide),
    weave_ms: toStoredReal(step.elapsedMs.weave),
    decode_ms: toStoredReal(step.elapsedMs.decode),
    twin_token_id: step.twin?.tokenId ?? null,
    twin_text: step.twin === null ? null : toStoredText(step.twin.text),
    twin_logprob: step.twin === null ? null : toStoredReal(step.twin.logprob),
    twin_kl: step.twin === null ? null : toStoredReal(step.twin.kl),
  }
}

/** @throws {LogRowError} */
export function fromStepRow(path: string, row: StepTable): Step {
  const stored = readRow({ path, table: 'step', id: `${row.trace_id}/${row.step_index}` }, stepRowSchema, row)
  const { twin_token_id: twinTokenId, twin_text: twinText, twin_logprob: twinLogprob, twin_kl: twinKl } = stored
  return {
    index: stored.step_index,
    tokenId: stored.token_id,
    text: stored.text,
    logprob: stored.logprob,
    entropy: stored.entropy,
    topK: stored.top_k,
    candidate: stored.candidate,
    gateReason: stored.gate_reason,
    triggerLogits:
      stored.trigger_logit_skip === null || stored.trigger_logit_insert === null ? null : [stored.trigger_logit_skip, stored.trigger_logit_insert],
    pInvoke: stored.p_invoke,
    decision: stored.decision,
    decisionSource: stored.decision_source,
    augmentationCount: stored.augmentation_count,
    weaveId: stored.weave_id,
    randomState: stored.random_state,
    elapsedMs: { decide: stored.decide_ms, weave: stored.weave_ms, decode: stored.decode_ms },
    twin:
      twinTokenId === null || twinText === null || twinLogprob === null || twinKl === null ? null : { tokenId: twinTokenId, text: twinText, logprob: twinLogprob, kl: twinKl },
  }
}
