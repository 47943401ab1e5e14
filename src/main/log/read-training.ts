/** @file Queries that read training runs and their curves back. Does not know SQLite. */
import { type Kysely, type SelectQueryBuilder, sql, type SqlBool } from 'kysely'
import type { z } from 'zod'
import type { TrainingRecord, TrainingRunId } from '../../shared/domain/training-run.ts'
import { readRow } from './rows/read-row.ts'
import { attemptRowSchema, checkpointRowSchema, evaluationRowSchema, runRowSchema, sampleRowSchema, stepRowSchema } from './rows/training-rows.ts'
import type { LogTables } from './schema.ts'
import { toStoredText } from './stored-values.ts'
import type { RecordedTrainingRun } from './training-log.ts'

/** Steps whose mean duration predicts the rest. */
const RECENT_STEPS = 20

export async function selectTrainingRuns(db: Kysely<LogTables>, path: string): Promise<RecordedTrainingRun[]> {
  return db.transaction().execute(async (tx) => {
    const rows = await selectRuns(tx).orderBy('training_run.created_at', 'desc').orderBy('training_run.id', 'desc').execute()
    return Promise.all(rows.map((row) => fromRunRow(tx, path, row)))
  })
}

export async function selectTrainingRun(db: Kysely<LogTables>, path: string, runId: TrainingRunId): Promise<RecordedTrainingRun | undefined> {
  return db.transaction().execute((tx) => selectRun(tx, path, runId))
}

export async function selectTrainingRecord(
  db: Kysely<LogTables>,
  path: string,
  runId: TrainingRunId,
): Promise<{ recorded: RecordedTrainingRun; record: Omit<TrainingRecord, 'run'> } | undefined> {
  // One transaction reads one state, also while the run goes on.
  return db.transaction().execute(async (tx) => {
    const recorded = await selectRun(tx, path, runId)
    if (recorded === undefined) return undefined
    const attempts = await tx.selectFrom('training_attempt').selectAll().where('run_id', '=', toStoredText(runId)).orderBy('attempt').execute()
    const said = attempts.map((row) => readRow({ path, table: 'training_attempt', id: `${row.run_id}/${row.attempt}` }, attemptRowSchema, row))
    const latest = said.at(-1)
    const read = async <Schema extends z.ZodType>(table: StepTableName, schema: Schema): Promise<z.output<Schema>[]> => {
      const rows = await selectValid(tx, table, runId).selectAll(table).orderBy(`${table}.step`).execute()
      return rows.map((row) => readRow({ path, table, id: `${row.run_id}/${row.attempt}/${row.step}` }, schema, row))
    }
    return {
      recorded,
      record: {
        steps: await read('training_step', stepRowSchema),
        evaluations: await read('training_evaluation', evaluationRowSchema),
        samples: await read('training_sample', sampleRowSchema),
        checkpoints: await read('training_checkpoint', checkpointRowSchema),
        data: latest?.data ?? [],
        parameters: latest?.parameters ?? null,
        warnings: [...new Set(said.flatMap(({ warnings }) => warnings))],
      },
    }
  })
}

async function selectRun(db: Kysely<LogTables>, path: string, runId: TrainingRunId): Promise<RecordedTrainingRun | undefined> {
  const row = await selectRuns(db).where('training_run.id', '=', toStoredText(runId)).executeTakeFirst()
  return row === undefined ? undefined : fromRunRow(db, path, row)
}

function selectRuns(db: Kysely<LogTables>) {
  return db
    .selectFrom('training_run')
    .leftJoin('training_attempt', (join) => join.onRef('training_attempt.run_id', '=', 'training_run.id').onRef('training_attempt.attempt', '=', 'training_run.attempt'))
    .selectAll('training_run')
    .select(['training_attempt.total_steps', 'training_attempt.started_at', 'training_attempt.ended_at'])
}

async function fromRunRow(db: Kysely<LogTables>, path: string, row: { id: string }): Promise<RecordedTrainingRun> {
  const stored = readRow({ path, table: 'training_run', id: row.id }, runRowSchema, row)
  const checkpoint = await selectValid(db, 'training_checkpoint', stored.id).selectAll('training_checkpoint').orderBy('training_checkpoint.step', 'desc').orderBy('saved_at', 'desc').limit(1).executeTakeFirst()
  const isGoingOn = stored.status === 'running'
  return {
    run: {
      id: stored.id,
      name: stored.name,
      status: stored.status,
      message: stored.message,
      config: stored.config,
      step: stored.step,
      totalSteps: stored.total_steps,
      lastCheckpoint: checkpoint === undefined ? null : readRow({ path, table: 'training_checkpoint', id: row.id }, checkpointRowSchema, checkpoint),
      remainingMs: isGoingOn && stored.total_steps !== null ? await predictRemaining(db, stored.id, stored.total_steps - stored.step) : null,
      createdAt: stored.created_at,
      startedAt: stored.started_at,
      endedAt: stored.ended_at,
      trashedAt: stored.trashed_at,
    },
    attempt: stored.attempt,
    processId: stored.process_id,
  }
}

async function predictRemaining(db: Kysely<LogTables>, runId: TrainingRunId, stepsLeft: number): Promise<number | null> {
  const rows = await selectValid(db, 'training_step', runId).select('training_step.elapsed_ms').orderBy('training_step.step', 'desc').limit(RECENT_STEPS).execute()
  const elapsed = rows.map(({ elapsed_ms: elapsedMs }) => Number(elapsedMs)).filter(Number.isFinite)
  if (elapsed.length === 0) return null
  return (elapsed.reduce((sum, ms) => sum + ms, 0) / elapsed.length) * Math.max(0, stepsLeft)
}

type StepTableName = 'training_step' | 'training_evaluation' | 'training_sample' | 'training_checkpoint'

/** Rows of a run without those that a later attempt has done anew: it began before their step, or measured and saved the step it began with. */
function selectValid<Table extends StepTableName>(db: Kysely<LogTables>, table: Table, runId: TrainingRunId): SelectQueryBuilder<LogTables, Table, object> {
  const doneAnew = sql<SqlBool>`not exists (
    select 1 from training_attempt as later
    where later.run_id = ${sql.ref(`${table}.run_id`)} and later.attempt > ${sql.ref(`${table}.attempt`)} and (
      later.from_step < ${sql.ref(`${table}.step`)}
      or exists (select 1 from ${sql.table(table)} as again where again.run_id = later.run_id and again.attempt = later.attempt and again.step = ${sql.ref(`${table}.step`)})
    )
  )`
  // The four tables share these columns; kysely's types cannot say so for a generic name.
  const query = db.selectFrom(table as 'training_step').where('run_id', '=', toStoredText(runId)).where(doneAnew)
  return query as unknown as SelectQueryBuilder<LogTables, Table, object>
}
