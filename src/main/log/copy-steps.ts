/** @file What a branch has before its fork: its parent's steps and weaves, copied inside the database. Does not know what is changed at the fork. */
import type { Transaction } from 'kysely'
import type { TraceParent } from '../../shared/domain/branch.ts'
import type { TraceId } from '../../shared/domain/identifiers.ts'
import { TraceConflictError } from './errors.ts'
import type { Beginning, NewTrace } from './rows/trace-row.ts'
import type { LogTables, StepTable, WeaveTable } from './schema.ts'
import { toStoredText } from './stored-values.ts'

/** Every column but the trace's id; one that is missing here does not compile. */
const stepColumns = columnsOf<Omit<StepTable, 'trace_id'>>({
  step_index: true,
  token_id: true,
  text: true,
  logprob: true,
  entropy: true,
  top_k: true,
  candidate: true,
  gate_reason: true,
  trigger_logit_skip: true,
  trigger_logit_insert: true,
  p_invoke: true,
  decision: true,
  decision_source: true,
  augmentation_count: true,
  weave_id: true,
  random_state: true,
  decide_ms: true,
  weave_ms: true,
  decode_ms: true,
  twin_token_id: true,
  twin_text: true,
  twin_logprob: true,
  twin_kl: true,
})
const weaveColumns = columnsOf<Omit<WeaveTable, 'trace_id'>>({
  id: true,
  step_index: true,
  kind: true,
  context_length: true,
  latents_rows: true,
  latents_columns: true,
  latents: true,
  latents_before_projection_rows: true,
  latents_before_projection_columns: true,
  latents_before_projection: true,
  norms: true,
  norms_before_projection: true,
  nearest: true,
  intervention: true,
})

/** @throws {TraceConflictError} the parent is unknown, of another run or has too few steps */
export async function beginningOf(tx: Transaction<LogTables>, { id, runId, parent }: Pick<NewTrace, 'id' | 'runId' | 'parent'>): Promise<Beginning> {
  if (parent === null) return { step_count: 0, weave_count: 0, generated_text: '' }
  const parentId = toStoredText(parent.traceId)
  const found = await tx.selectFrom('trace').select(['run_id', 'step_count']).where('id', '=', parentId).executeTakeFirst()
  if (found === undefined) throw new TraceConflictError(id, `it cannot be forked off trace ${parent.traceId}: there is no such trace`)
  if (found.run_id !== toStoredText(runId)) throw new TraceConflictError(id, `it cannot be forked off trace ${parent.traceId}: that belongs to another run`)
  if (found.step_count < parent.stepIndex) {
    throw new TraceConflictError(id, `it cannot be forked off trace ${parent.traceId} at step ${parent.stepIndex}: that has ${found.step_count} steps`)
  }
  const steps = await tx.selectFrom('step').select('text').where('trace_id', '=', parentId).where('step_index', '<', parent.stepIndex).orderBy('step_index').execute()
  const { weave_count: weaveCount } = await tx
    .selectFrom('weave')
    .select((column) => column.fn.countAll<number | string>().as('weave_count'))
    .where('trace_id', '=', parentId)
    .where('step_index', '<', parent.stepIndex)
    .executeTakeFirstOrThrow()
  // Joined as stored, as step after step would have been appended. PostgreSQL counts in 64 bits and answers with a string.
  return { step_count: parent.stepIndex, weave_count: Number(weaveCount), generated_text: steps.map(({ text }) => text).join('') }
}

/** Copies the parent's steps before the fork and their weaves, which keep their ids, to a trace that has none yet. */
export async function copySteps(tx: Transaction<LogTables>, parent: TraceParent, childId: TraceId): Promise<void> {
  const parentId = toStoredText(parent.traceId)
  const ofChild = toStoredText(childId)
  await tx
    .insertInto('weave')
    .columns(['trace_id', ...weaveColumns])
    .expression((of) =>
      of
        .selectFrom('weave')
        .select((column) => column.val(ofChild).as('trace_id'))
        .select(weaveColumns)
        .where('trace_id', '=', parentId)
        .where('step_index', '<', parent.stepIndex),
    )
    .execute()
  await tx
    .insertInto('step')
    .columns(['trace_id', ...stepColumns])
    .expression((of) =>
      of
        .selectFrom('step')
        .select((column) => column.val(ofChild).as('trace_id'))
        .select(stepColumns)
        .where('trace_id', '=', parentId)
        .where('step_index', '<', parent.stepIndex)
        .orderBy('step_index'),
    )
    .execute()
}

function columnsOf<Table>(columns: Record<keyof Table & string, true>): (keyof Table & string)[] {
  return Object.keys(columns) as (keyof Table & string)[] // the record's type says which keys it has
}
