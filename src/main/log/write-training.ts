/**
 * @file Queries that record training runs. Does not know SQLite. Each transaction begins with the write that claims the run
 * (write-traces.ts says why), and a claim that finds another attempt is a conflict.
 */
import { type Kysely, sql, type Transaction } from 'kysely'
import { z } from 'zod'
import type { TrainingEvent } from '../../shared/domain/training-event.ts'
import type { TrainingRunId, TrainingStatus } from '../../shared/domain/training-run.ts'
import { TrainingConflictError } from './errors.ts'
import { toCheckpointRow, toEvaluationRow, toSampleRow, toTrainingStepRow } from './rows/training-rows.ts'
import type { LogTables } from './schema.ts'
import { jsonColumn, toStoredJson, toStoredText } from './stored-values.ts'
import type { NewTrainingRun, TrainingAnnotation } from './training-log.ts'

/** An attempt of a run, and when this is written. */
export interface Claim {
  readonly runId: TrainingRunId
  readonly attempt: number
  /** Unix milliseconds, UTC. */
  readonly at: number
}
type Tx = Transaction<LogTables>

export async function insertTrainingRun(db: Kysely<LogTables>, { id, name, config }: NewTrainingRun, processId: number, at: number): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const inserted = await tx
      .insertInto('training_run')
      .values({
        id: toStoredText(id),
        name: toStoredText(name),
        config: toStoredJson(config),
        status: 'queued',
        message: null,
        attempt: 0,
        process_id: processId,
        step: 0,
        created_at: at,
        updated_at: at,
        trashed_at: null,
      })
      .onConflict((conflict) => conflict.column('id').doNothing())
      .executeTakeFirst()
    if (inserted.numInsertedOrUpdatedRows !== 1n) throw new TrainingConflictError(id, 'it is already recorded')
    const others = await tx.selectFrom('training_run').select(['id', 'config']).where('id', '!=', toStoredText(id)).execute()
    const other = others.find((row) => outputDirectoryOf(row.config) === config.outputDirectory)
    if (other !== undefined) throw new TrainingConflictError(id, `${config.outputDirectory} belongs to training run ${other.id}`)
  })
}

const placeSchema = jsonColumn(z.object({ outputDirectory: z.string() }))

/** undefined where the configuration cannot be read. */
function outputDirectoryOf(config: string): string | undefined {
  return placeSchema.safeParse(config).data?.outputDirectory
}

export async function updateQueued(db: Kysely<LogTables>, claim: Claim, processId: number): Promise<void> {
  await db.transaction().execute((tx) => claimRun(tx, claim, { status: 'queued', message: null, process_id: processId, trashed_at: null }))
}

export async function annotateTrainingRun(db: Kysely<LogTables>, runId: TrainingRunId, { name, isTrashed }: TrainingAnnotation, at: number): Promise<void> {
  const annotated = await db
    .updateTable('training_run')
    .set({ ...(name !== undefined && { name: toStoredText(name) }), ...(isTrashed !== undefined && { trashed_at: isTrashed ? at : null }), updated_at: at })
    .where('id', '=', toStoredText(runId))
    .executeTakeFirst()
  if (annotated.numUpdatedRows !== 1n) throw new TrainingConflictError(runId, 'there is no such run')
}

export async function insertAttempt(db: Kysely<LogTables>, { runId, attempt, at }: Claim): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await claimRun(tx, { runId, attempt, at }, { status: 'running', message: null, attempt: attempt + 1 })
    await tx
      .insertInto('training_attempt')
      .values({ run_id: toStoredText(runId), attempt: attempt + 1, from_step: null, total_steps: null, data: '[]', parameters: null, warnings: '[]', started_at: at, ended_at: null })
      .execute()
  })
}

export async function updateEnded(db: Kysely<LogTables>, claim: Claim, status: TrainingStatus, message: string | null): Promise<void> {
  await db.transaction().execute((tx) => endAttempt(tx, claim, { status, message }))
}

export async function insertEvent(db: Kysely<LogTables>, claim: Claim, event: TrainingEvent): Promise<void> {
  if (event.kind === 'progress') return
  await db.transaction().execute((tx) => record(tx, claim, event))
}

async function record(tx: Tx, claim: Claim, event: Exclude<TrainingEvent, { kind: 'progress' }>): Promise<void> {
  const key = { run_id: toStoredText(claim.runId), attempt: claim.attempt }
  switch (event.kind) {
    case 'started':
      await claimRun(tx, claim, { step: event.fromStep })
      await attemptOf(tx, claim).set({ from_step: event.fromStep, total_steps: event.totalSteps }).execute()
      return
    case 'data': {
      const { kind: _, ...data } = event
      await claimRun(tx, claim)
      await attemptOf(tx, claim).set({ data: appended('data', data) }).execute()
      return
    }
    case 'parameters': {
      const { kind: _, ...parameters } = event
      await claimRun(tx, claim)
      await attemptOf(tx, claim).set({ parameters: toStoredJson(parameters) }).execute()
      return
    }
    case 'warning':
      await claimRun(tx, claim)
      await attemptOf(tx, claim).set({ warnings: appended('warnings', event.message) }).execute()
      return
    case 'step':
      await claimRun(tx, claim, { step: event.step })
      await tx.insertInto('training_step').values(toTrainingStepRow(key, event)).execute()
      return
    case 'evaluation':
      await claimRun(tx, claim)
      await tx.insertInto('training_evaluation').values(toEvaluationRow(key, event)).execute()
      return
    case 'sample': {
      await claimRun(tx, claim)
      const ofStep = tx.selectFrom('training_sample').where('run_id', '=', key.run_id).where('attempt', '=', key.attempt).where('step', '=', event.step)
      const { count } = await ofStep.select((column) => column.fn.countAll<number | string>().as('count')).executeTakeFirstOrThrow()
      await tx.insertInto('training_sample').values(toSampleRow(key, Number(count), event)).execute()
      return
    }
    case 'checkpoint': {
      await claimRun(tx, claim)
      const row = toCheckpointRow(key, event, claim.at)
      // Saved as the step's and then named the best: one file, told twice.
      await tx
        .insertInto('training_checkpoint')
        .values(row)
        .onConflict((conflict) => conflict.columns(['run_id', 'attempt', 'step', 'path']).doUpdateSet({ is_best: row.is_best }))
        .execute()
      return
    }
    case 'finished':
      return endAttempt(tx, claim, { status: 'finished', message: null, step: event.step })
    case 'stopped':
      return endAttempt(tx, claim, { status: event.reason === 'pause' ? 'paused' : 'stopped', message: null, step: event.step })
    case 'failed': {
      const step = event.step === 0 ? '' : `step ${event.step}: `
      const tensor = event.tensor === null || event.message.includes(event.tensor) ? '' : ` (tensor ${event.tensor})`
      return endAttempt(tx, claim, { status: 'failed', message: `${step}${event.message}${tensor}` })
    }
    default:
      event satisfies never
  }
}

interface RunChanges {
  readonly status?: TrainingStatus
  readonly message?: string | null
  readonly attempt?: number
  readonly process_id?: number | null
  readonly trashed_at?: null
  readonly step?: number
}

/** Changes the run if `attempt` is its latest. */
async function claimRun(tx: Tx, { runId, attempt, at }: Claim, { message, ...changes }: RunChanges = {}): Promise<void> {
  const said = message === undefined ? {} : { message: message === null ? null : toStoredText(message) }
  const claimed = await tx
    .updateTable('training_run')
    .set({ ...changes, ...said, updated_at: at })
    .where('id', '=', toStoredText(runId))
    .where('attempt', '=', attempt)
    .executeTakeFirst()
  if (claimed.numUpdatedRows !== 1n) throw new TrainingConflictError(runId, `attempt ${attempt} is not its latest: another process has taken it over, or there is no such run`)
}

async function endAttempt(tx: Tx, claim: Claim, changes: RunChanges): Promise<void> {
  await claimRun(tx, claim, { ...changes, process_id: null })
  await attemptOf(tx, claim).set({ ended_at: claim.at }).execute()
}

function attemptOf(tx: Tx, { runId, attempt }: Claim) {
  return tx.updateTable('training_attempt').where('run_id', '=', toStoredText(runId)).where('attempt', '=', attempt)
}

/** A JSON list with one more member: read and written in one statement, so that it works alike in both dialects. */
function appended(column: 'data' | 'warnings', member: unknown) {
  const json = toStoredJson(member)
  return sql<string>`case when ${sql.ref(column)} = '[]' then ${`[${json}]`} else substr(${sql.ref(column)}, 1, length(${sql.ref(column)}) - 1) || ${`,${json}]`} end`
}
