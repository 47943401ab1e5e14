/**
 * @file Queries that record traces. Nothing recorded is ever overwritten. Does not know SQLite.
 *
 * Each transaction begins with a write: the database's write lock is then taken before anything was read, and waiting
 * for another app's commit cannot make the read stale (SQLite would refuse such a transaction at once).
 */
import { type Kysely, sql, type Transaction } from 'kysely'
import type { Certificate } from '../../shared/domain/certificate.ts'
import type { TraceId } from '../../shared/domain/identifiers.ts'
import type { Step } from '../../shared/domain/step.ts'
import type { Finish } from '../../shared/domain/trace.ts'
import type { Weave } from '../../shared/domain/weave.ts'
import { beginningOf, copySteps } from './copy-steps.ts'
import { TraceConflictError } from './errors.ts'
import type { RecordedStep } from './experiment-log.ts'
import { toCertificateRow } from './rows/certificate-row.ts'
import { isSameRun, type NewTrace, toPromptRow, toRunRow, toTraceRow } from './rows/trace-row.ts'
import { toStepRow } from './rows/step-row.ts'
import { toWeaveRow } from './rows/weave-row.ts'
import type { LogTables } from './schema.ts'
import { toStoredText } from './stored-values.ts'

export async function insertTrace(db: Kysely<LogTables>, trace: NewTrace, createdAt: number): Promise<void> {
  const run = toRunRow(trace, createdAt)
  await db.transaction().execute(async (tx) => {
    await tx.insertInto('run').values(run).onConflict((conflict) => conflict.column('id').doNothing()).execute()
    const kept = await tx.selectFrom('run').select(['model_id', 'model_name', 'config']).where('id', '=', run.id).executeTakeFirstOrThrow()
    if (!isSameRun(kept, run)) {
      throw new TraceConflictError(trace.id, `run ${trace.runId} is already recorded with another model or config`)
    }
    const beginning = await beginningOf(tx, trace)
    const inserted = await tx.insertInto('trace').values(toTraceRow(trace, beginning, createdAt)).onConflict((conflict) => conflict.column('id').doNothing()).executeTakeFirst()
    if (inserted.numInsertedOrUpdatedRows !== 1n) throw new TraceConflictError(trace.id, 'it is already recorded')
    await tx.insertInto('prompt').values(toPromptRow(trace)).execute()
    if (trace.parent !== null) await copySteps(tx, trace.parent, trace.id)
  })
}

/** @param steps one after the other, at least one */
export async function insertSteps(db: Kysely<LogTables>, traceId: TraceId, steps: readonly RecordedStep[], committedAt: number): Promise<void> {
  const firstIndex = steps[0]?.step.index
  if (firstIndex === undefined) throw new Error(`internal: no step of trace ${traceId} to record`)
  for (const [at, { step, weave }] of steps.entries()) requireNext(traceId, firstIndex + at, step, weave)
  const weaves = steps.flatMap(({ weave }) => weave ?? [])
  await db.transaction().execute(async (tx) => {
    const claimed = await tx
      .updateTable('trace')
      .set((column) => ({
        step_count: column('step_count', '+', steps.length),
        weave_count: column('weave_count', '+', weaves.length),
        generated_text: sql<string>`generated_text || ${toStoredText(steps.map(({ step }) => step.text).join(''))}`,
        updated_at: committedAt,
      }))
      .where('id', '=', toStoredText(traceId))
      .where('step_count', '=', firstIndex)
      .where('finish', 'is', null)
      .executeTakeFirst()
    if (claimed.numUpdatedRows !== 1n) throw await refusal(tx, traceId, `step ${firstIndex} cannot be recorded`)
    if (weaves.length > 0) await tx.insertInto('weave').values(weaves.map((weave) => toWeaveRow(traceId, weave))).execute()
    await tx.insertInto('step').values(steps.map(({ step }) => toStepRow(traceId, step))).execute()
  })
}

function requireNext(traceId: TraceId, index: number, step: Step, weave: Weave | null): void {
  if (step.index !== index) throw new Error(`internal: step ${index} of trace ${traceId} was expected, but step ${step.index} came`)
  if (step.weaveId !== (weave?.id ?? null) || (weave !== null && weave.stepIndex !== step.index)) {
    throw new Error(`internal: step ${step.index} of trace ${traceId} names weave ${step.weaveId}, but ${weave === null ? 'none' : `${weave.id} of step ${weave.stepIndex}`} came with it`)
  }
}

export async function updateFinish(db: Kysely<LogTables>, traceId: TraceId, finish: Finish, error: string | null, finishedAt: number): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const claimed = await tx
      .updateTable('trace')
      .set({ finish, error: error === null ? null : toStoredText(error), updated_at: finishedAt })
      .where('id', '=', toStoredText(traceId))
      .where('finish', 'is', null)
      .executeTakeFirst()
    if (claimed.numUpdatedRows !== 1n) throw await refusal(tx, traceId, `finish '${finish}' cannot be recorded`)
  })
}

/** Adds a certificate; the trace counts them, so that its latest is found by the key. */
export async function insertCertificate(db: Kysely<LogTables>, traceId: TraceId, certificate: Certificate): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const id = toStoredText(traceId)
    const claimed = await tx.updateTable('trace').set((column) => ({ certificate_count: column('certificate_count', '+', 1) })).where('id', '=', id).executeTakeFirst()
    if (claimed.numUpdatedRows !== 1n) throw await refusal(tx, traceId, 'a certificate cannot be recorded')
    const { certificate_count: number } = await tx.selectFrom('trace').select('certificate_count').where('id', '=', id).executeTakeFirstOrThrow()
    await tx.insertInto('certificate').values(toCertificateRow(traceId, number, certificate)).execute()
  })
}

async function refusal(tx: Transaction<LogTables>, traceId: TraceId, refused: string): Promise<TraceConflictError> {
  const trace = await tx.selectFrom('trace').select(['step_count', 'finish']).where('id', '=', toStoredText(traceId)).executeTakeFirst()
  if (trace === undefined) return new TraceConflictError(traceId, `${refused}: there is no such trace`)
  if (trace.finish !== null) return new TraceConflictError(traceId, `${refused}: the trace has finished ('${trace.finish}')`)
  return new TraceConflictError(traceId, `${refused}: the next step is ${trace.step_count}`)
}
