/** @file A sweep and its outcomes as rows of `sweep` and `sweep_outcome`, both ways. Does not know queries. */
import { z } from 'zod'
import { type Sweep, type SweepId, sweepIdSchema, type SweepOutcome, sweepRequestSchema, sweepSchema } from '../../../shared/domain/sweep.ts'
import { finishSchema } from '../../../shared/domain/trace.ts'
import type { SweepOutcomeTable, SweepTable } from '../schema.ts'
import { jsonColumn, numberColumn, textColumn, toStoredJson, toStoredReal, toStoredText } from '../stored-values.ts'
import type { NewSweep, SweepChanges } from '../sweep-log.ts'
import { readRow } from './read-row.ts'

const count = z.int().nonnegative()

const sweepRowSchema = z.object({
  id: textColumn.pipe(sweepIdSchema),
  request: jsonColumn(sweepRequestSchema),
  model_name: textColumn,
  status: sweepSchema.shape.status,
  error: textColumn.nullable(),
  candidate_count: count,
  candidate_labels: jsonColumn(z.array(z.string())),
  total: count,
  // PostgreSQL counts in 64 bits and answers with a string.
  done: z.coerce.number().pipe(count),
  created_at: z.int(),
  updated_at: z.int(),
})

const outcomeRowSchema = z.object({
  candidates: jsonColumn(z.array(count)),
  text: textColumn,
  token_count: count,
  insertion_count: count,
  candidate_count: count,
  finish: finishSchema,
  error: textColumn.nullable(),
  score: numberColumn.nullable(),
})

export function toSweepRow(sweep: NewSweep, createdAt: number): SweepTable {
  return {
    id: toStoredText(sweep.id),
    model_name: toStoredText(sweep.modelName),
    request: toStoredJson(sweep.request),
    status: sweep.status,
    error: sweep.error === null ? null : toStoredText(sweep.error),
    candidate_count: sweep.candidateCount,
    candidate_labels: toStoredJson(sweep.candidateLabels),
    total: sweep.total,
    created_at: createdAt,
    updated_at: createdAt,
  }
}

/** The columns to set; what is not named stays. */
export function toSweepChanges({ status, error, candidateCount, candidateLabels, total }: SweepChanges): Partial<SweepTable> {
  return {
    ...(status !== undefined && { status }),
    ...(error !== undefined && { error: error === null ? null : toStoredText(error) }),
    ...(candidateCount !== undefined && { candidate_count: candidateCount }),
    ...(candidateLabels !== undefined && { candidate_labels: toStoredJson(candidateLabels) }),
    ...(total !== undefined && { total }),
  }
}

/** @throws {LogRowError} */
export function fromSweepRow(path: string, row: SweepTable & { done: number | string }): Sweep {
  const stored = readRow({ path, table: 'sweep', id: row.id }, sweepRowSchema, row)
  return {
    id: stored.id,
    request: stored.request,
    modelName: stored.model_name,
    status: stored.status,
    error: stored.error,
    candidateCount: stored.candidate_count,
    candidateLabels: stored.candidate_labels,
    total: stored.total,
    done: stored.done,
    createdAt: stored.created_at,
    updatedAt: stored.updated_at,
  }
}

/** `candidates` is the subset in one spelling, ascending, so that the key knows it again. */
export function toOutcomeRow(sweepId: SweepId, outcome: SweepOutcome, createdAt: number): SweepOutcomeTable {
  return {
    sweep_id: toStoredText(sweepId),
    candidates: toStoredJson(outcome.candidates.toSorted((a, b) => a - b)),
    text: toStoredText(outcome.text),
    token_count: outcome.tokenCount,
    insertion_count: outcome.insertionCount,
    candidate_count: outcome.candidateCount,
    finish: outcome.finish,
    error: outcome.error === null ? null : toStoredText(outcome.error),
    score: outcome.score === null ? null : toStoredReal(outcome.score),
    created_at: createdAt,
  }
}

/** @throws {LogRowError} */
export function fromOutcomeRow(path: string, row: SweepOutcomeTable): SweepOutcome {
  const stored = readRow({ path, table: 'sweep_outcome', id: `${row.sweep_id}/${row.candidates}` }, outcomeRowSchema, row)
  return {
    candidates: stored.candidates,
    text: stored.text,
    tokenCount: stored.token_count,
    insertionCount: stored.insertion_count,
    candidateCount: stored.candidate_count,
    finish: stored.finish,
    error: stored.error,
    score: stored.score,
  }
}
