/** @file An evaluation run as a row of `evaluation_run`, both ways; its tags and provenance lie in tables of their own. Does not know queries. */
import { z } from 'zod'
import { type ComputedWith, computedWithSchema, type EvaluationPlan, evaluationPlanSchema, type EvaluationRun, evaluationStatusSchema, type Provenance, provenanceSchema } from '../../../shared/domain/evaluation.ts'
import { evaluationRunIdSchema, experimentIdSchema } from '../../../shared/domain/experiment-ids.ts'
import { wilsonInterval } from '../../../shared/statistics/wilson-interval.ts'
import type { EvaluationRunChanges, NewEvaluationRun } from '../evaluation-log.ts'
import type { EvaluationRunTable, TotalsColumns } from '../evaluation-tables.ts'
import { flagColumn, jsonColumn, numberColumn, textColumn, toStoredJson, toStoredText } from '../stored-values.ts'
import { readRow } from './read-row.ts'

/** A run's row with what lies in other tables. */
export interface JoinedRunRow extends EvaluationRunTable {
  experiment_name: string
  provenance: string | null
}

const count = z.int().nonnegative()

const runRowSchema = z.object({
  id: textColumn.pipe(evaluationRunIdSchema),
  experiment_id: textColumn.pipe(experimentIdSchema),
  experiment_name: textColumn,
  name: textColumn,
  model_name: textColumn,
  status: evaluationStatusSchema,
  error: textColumn.nullable(),
  dataset_id: textColumn.nullable(),
  imported_from: textColumn.nullable(),
  total: count,
  done: count,
  judged: count,
  correct: count,
  reward_sum: numberColumn,
  failed: count,
  tokens: count,
  prompt_insertions: count,
  inference_insertions: count,
  elapsed_ms: z.number().nonnegative(),
  accuracy_low: z.number().nullable(),
  accuracy_high: z.number().nullable(),
  note: textColumn,
  is_starred: flagColumn,
  trashed_at: z.int().nullable(),
  created_at: z.int(),
  updated_at: z.int(),
})

const planRowSchema = z.object({ plan: jsonColumn(evaluationPlanSchema) })
const provenanceRowSchema = z.object({ provenance: jsonColumn(provenanceSchema) })
const computedWithRowSchema = z.object({ provenance: jsonColumn(computedWithSchema) })

export const noTotals: Readonly<Record<keyof TotalsColumns, number>> = { done: 0, judged: 0, correct: 0, reward_sum: 0, failed: 0, tokens: 0, prompt_insertions: 0, inference_insertions: 0 }

/** What an import that is killed leaves behind must not be taken up and generated as if it were a run of this place. */
const begunImport = { status: 'cancelled', error: 'Not imported to its end. Import the file again.' }

export function toRunRow(experimentId: string, run: NewEvaluationRun, now: number): EvaluationRunTable {
  const { plan, importedFrom = null, createdAt = now } = run
  return {
    id: toStoredText(run.id),
    experiment_id: toStoredText(experimentId),
    name: toStoredText(run.name),
    model_id: toStoredText(plan.modelId),
    model_name: toStoredText(run.modelName),
    task: plan.task.name,
    split: plan.task.split,
    policy: plan.config.policy.kind,
    seed: plan.config.seed,
    repeats: plan.repeats,
    plan: toStoredJson(plan),
    ...(importedFrom === null ? { status: 'queued', error: null } : begunImport),
    process_id: null,
    dataset_id: null,
    imported_from: importedFrom === null ? null : toStoredText(importedFrom),
    total: 0,
    ...noTotals,
    elapsed_ms: 0,
    accuracy_low: null,
    accuracy_high: null,
    note: '',
    is_starred: 0,
    trashed_at: null,
    created_at: createdAt,
    updated_at: createdAt,
  }
}

/** The columns to set; what is not named stays. `addedMs` and `provenance` are not columns to set. */
export function toRunChanges({ status, error, total, datasetId, accuracyBounds, processId }: EvaluationRunChanges): Partial<EvaluationRunTable> {
  return {
    ...(status !== undefined && { status }),
    ...(error !== undefined && { error: error === null ? null : toStoredText(error) }),
    ...(total !== undefined && { total }),
    ...(datasetId !== undefined && { dataset_id: toStoredText(datasetId) }),
    ...(accuracyBounds !== undefined && { accuracy_low: accuracyBounds?.low ?? null, accuracy_high: accuracyBounds?.high ?? null }),
    ...(processId !== undefined && { process_id: processId }),
  }
}

/**
 * Without provenance.
 *
 * @param plan of the row, as {@link fromPlan} read it
 * @throws {LogRowError}
 */
export function fromRunRow(path: string, row: Omit<JoinedRunRow, 'plan'>, parts: { plan: EvaluationPlan; tags: string[] }): EvaluationRun {
  const stored = readRow({ path, table: 'evaluation_run', id: row.id }, runRowSchema, row)
  return {
    id: stored.id,
    experimentId: stored.experiment_id,
    experimentName: stored.experiment_name,
    name: stored.name,
    modelName: stored.model_name,
    plan: parts.plan,
    status: stored.status,
    error: stored.error,
    total: stored.total,
    totals: {
      done: stored.done,
      judged: stored.judged,
      right: stored.correct,
      rewardSum: stored.reward_sum,
      failed: stored.failed,
      tokens: stored.tokens,
      promptInsertions: stored.prompt_insertions,
      inferenceInsertions: stored.inference_insertions,
      elapsedMs: stored.elapsed_ms,
    },
    accuracy: accuracyOf(stored, parts.plan.repeats),
    datasetId: stored.dataset_id,
    provenance: null,
    computedWith: row.provenance === null ? null : fromComputedWith(path, { run_id: row.id, provenance: row.provenance }),
    importedFrom: stored.imported_from,
    tags: parts.tags,
    note: stored.note,
    isStarred: stored.is_starred,
    trashedAt: stored.trashed_at,
    createdAt: stored.created_at,
    updatedAt: stored.updated_at,
  }
}

/** @throws {LogRowError} */
export function fromPlan(path: string, row: Pick<EvaluationRunTable, 'id' | 'plan'>): EvaluationPlan {
  return readRow({ path, table: 'evaluation_run', id: row.id }, planRowSchema, row).plan
}

/** @throws {LogRowError} */
export function fromProvenance(path: string, row: { run_id: string; provenance: string }): Provenance {
  return readRow({ path, table: 'evaluation_provenance', id: row.run_id }, provenanceRowSchema, row).provenance
}

/** Reads no file lists: there is one of these for each run of a list. */
function fromComputedWith(path: string, row: { run_id: string; provenance: string }): ComputedWith {
  return readRow({ path, table: 'evaluation_provenance', id: row.run_id }, computedWithRowSchema, row).provenance
}

/**
 * Where nobody has found the interval of a run with repeats yet, it is Wilson's for as few samples as there can be: repeats of a sample
 * may be all alike, and so this is never too narrow.
 */
function accuracyOf({ judged, correct, accuracy_low: low, accuracy_high: high }: z.output<typeof runRowSchema>, repeats: number): EvaluationRun['accuracy'] {
  if (judged === 0) return null
  const estimate = correct / judged
  if (low !== null && high !== null) return { estimate, low, high }
  const samples = Math.max(1, Math.floor(judged / repeats))
  // Multiplied first: a product of whole numbers divided is exact where the result is whole, the quotient times a whole number is not.
  const right = (correct * samples) / judged
  return { estimate, low: wilsonInterval(Math.floor(right), samples).low, high: wilsonInterval(Math.ceil(right), samples).high }
}
