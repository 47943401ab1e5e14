/** @file The sweeps of the log over one database. Does not know SQLite, nor who generates. */
import type { Kysely, Transaction } from 'kysely'
import type { Sweep, SweepId, SweepOutcome } from '../../shared/domain/sweep.ts'
import { withLogErrors } from './errors.ts'
import { fromOutcomeRow, fromSweepRow, toOutcomeRow, toSweepChanges, toSweepRow } from './rows/sweep-row.ts'
import type { LogTables } from './schema.ts'
import { toStoredText } from './stored-values.ts'
import type { SweepChanges, SweepLog } from './sweep-log.ts'

/** @param now Unix milliseconds, UTC */
export function buildSweepLog(path: string, db: Kysely<LogTables>, now: () => number): SweepLog {
  return {
    create: (sweep) =>
      withLogErrors(path, async () => {
        const row = toSweepRow(sweep, now())
        await db.insertInto('sweep').values(row).execute()
        return fromSweepRow(path, { ...row, done: 0 })
      }),
    update: (sweepId, changes) => withLogErrors(path, () => db.transaction().execute((tx) => updateSweep(tx, path, sweepId, changes, now()))),
    addOutcome: (sweepId, outcome) => withLogErrors(path, () => db.transaction().execute((tx) => insertOutcome(tx, path, sweepId, outcome, now()))),
    get: (sweepId) => withLogErrors(path, () => db.transaction().execute((tx) => selectSweep(tx, path, sweepId))),
    list: () =>
      withLogErrors(path, async () => {
        const rows = await selectSweeps(db).orderBy('created_at', 'desc').orderBy('id', 'desc').execute()
        return rows.map((row) => fromSweepRow(path, row))
      }),
  }
}

async function updateSweep(tx: Transaction<LogTables>, path: string, sweepId: SweepId, changes: SweepChanges, at: number): Promise<Sweep> {
  const updated = await tx
    .updateTable('sweep')
    .set({ ...toSweepChanges(changes), updated_at: at })
    .where('id', '=', toStoredText(sweepId))
    .executeTakeFirst()
  if (updated.numUpdatedRows !== 1n) throw new Error(`internal: sweep ${sweepId} is not recorded`)
  return fromSweepRow(path, await selectSweeps(tx).where('id', '=', toStoredText(sweepId)).executeTakeFirstOrThrow())
}

async function insertOutcome(tx: Transaction<LogTables>, path: string, sweepId: SweepId, outcome: SweepOutcome, at: number): Promise<Sweep> {
  // First: it takes the write lock, and finds that the sweep is there.
  await updateSweep(tx, path, sweepId, {}, at)
  await tx
    .insertInto('sweep_outcome')
    .values(toOutcomeRow(sweepId, outcome, at))
    .onConflict((conflict) => conflict.columns(['sweep_id', 'candidates']).doNothing())
    .execute()
  return fromSweepRow(path, await selectSweeps(tx).where('id', '=', toStoredText(sweepId)).executeTakeFirstOrThrow())
}

async function selectSweep(tx: Transaction<LogTables>, path: string, sweepId: SweepId): Promise<{ sweep: Sweep; outcomes: SweepOutcome[] } | undefined> {
  const row = await selectSweeps(tx).where('id', '=', toStoredText(sweepId)).executeTakeFirst()
  if (row === undefined) return undefined
  const outcomes = await tx.selectFrom('sweep_outcome').selectAll().where('sweep_id', '=', row.id).orderBy('created_at').orderBy('candidates').execute()
  return { sweep: fromSweepRow(path, row), outcomes: outcomes.map((outcome) => fromOutcomeRow(path, outcome)) }
}

/** Counted, not kept: `done` cannot come to differ from the outcomes. */
function selectSweeps(db: Kysely<LogTables>) {
  return db
    .selectFrom('sweep')
    .selectAll()
    .select((of) => of.selectFrom('sweep_outcome').whereRef('sweep_outcome.sweep_id', '=', 'sweep.id').select((outcome) => outcome.fn.countAll<number | string>().as('count')).$asScalar().$notNull().as('done'))
}
