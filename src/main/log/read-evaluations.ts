/** @file Queries that read experiments and evaluation runs. Does not know SQLite. */
import type { Kysely } from 'kysely'
import type { EvaluationPlan, EvaluationRun, Experiment } from '../../shared/domain/evaluation.ts'
import type { EvaluationRunId, ExperimentId } from '../../shared/domain/experiment-ids.ts'
import type { EvaluationRunTable } from './evaluation-tables.ts'
import { fromPlan, fromProvenance, fromRunRow, type JoinedRunRow } from './rows/evaluation-run-row.ts'
import { fromExperimentRow } from './rows/experiment-row.ts'
import type { LogTables } from './schema.ts'
import { fromStoredText, toStoredText } from './stored-values.ts'

export type PlanReader = (row: Pick<EvaluationRunTable, 'id' | 'plan'>) => EvaluationPlan

/** A plan never changes: it is read once, not with every result that is added to its run. */
export function createPlanReader(path: string): PlanReader {
  const plans = new Map<string, EvaluationPlan>()
  return (row) => {
    const known = plans.get(row.id)
    if (known !== undefined) return known
    const plan = fromPlan(path, row)
    plans.set(row.id, plan)
    return plan
  }
}

/** Newest first. */
export async function selectExperiments(db: Kysely<LogTables>, path: string): Promise<Experiment[]> {
  const rows = await experiments(db).orderBy('created_at', 'desc').orderBy('id', 'desc').execute()
  return rows.map((row) => fromExperimentRow(path, row))
}

export async function selectExperiment(db: Kysely<LogTables>, path: string, id: ExperimentId): Promise<Experiment | undefined> {
  const row = await experiments(db).where('id', '=', toStoredText(id)).executeTakeFirst()
  return row === undefined ? undefined : fromExperimentRow(path, row)
}

/** Newest first, without provenance. */
export async function selectRuns(db: Kysely<LogTables>, path: string, readPlan: PlanReader): Promise<EvaluationRun[]> {
  // One transaction reads one state.
  return db.transaction().execute(async (tx) => {
    const rows = await runs(tx).orderBy('evaluation_run.created_at', 'desc').orderBy('evaluation_run.id', 'desc').execute()
    const tags = Map.groupBy(await tx.selectFrom('evaluation_tag').selectAll().orderBy('run_id').orderBy('tag').execute(), ({ run_id }) => run_id)
    return rows.map((row) => fromRunRow(path, row, { plan: readPlan(row), tags: (tags.get(row.id) ?? []).map(({ tag }) => fromStoredText(tag)) }))
  })
}

/** Without provenance. */
export async function selectRun(db: Kysely<LogTables>, path: string, readPlan: PlanReader, runId: EvaluationRunId): Promise<EvaluationRun | undefined> {
  const row = await runs(db).where('evaluation_run.id', '=', toStoredText(runId)).executeTakeFirst()
  return row === undefined ? undefined : fromRunRow(path, row, { plan: readPlan(row), tags: await selectTags(db, row) })
}

export async function selectWholeRun(db: Kysely<LogTables>, path: string, readPlan: PlanReader, runId: EvaluationRunId): Promise<EvaluationRun | undefined> {
  return db.transaction().execute(async (tx) => {
    const run = await selectRun(tx, path, readPlan, runId)
    const row = await tx.selectFrom('evaluation_provenance').selectAll().where('run_id', '=', toStoredText(runId)).executeTakeFirst()
    return run === undefined || row === undefined ? run : { ...run, provenance: fromProvenance(path, row) }
  })
}

export async function selectProcess(db: Kysely<LogTables>, runId: EvaluationRunId): Promise<number | null> {
  const row = await db.selectFrom('evaluation_run').select('process_id').where('id', '=', toStoredText(runId)).executeTakeFirst()
  return row?.process_id ?? null
}

function experiments(db: Kysely<LogTables>) {
  return db
    .selectFrom('experiment')
    .selectAll()
    .select((of) => of.selectFrom('evaluation_run').whereRef('evaluation_run.experiment_id', '=', 'experiment.id').select((run) => run.fn.countAll<number | string>().as('count')).$asScalar().$notNull().as('run_count'))
}

function runs(db: Kysely<LogTables>) {
  return db
    .selectFrom('evaluation_run')
    .innerJoin('experiment', 'experiment.id', 'evaluation_run.experiment_id')
    .leftJoin('evaluation_provenance', 'evaluation_provenance.run_id', 'evaluation_run.id')
    .selectAll('evaluation_run')
    .select(['experiment.name as experiment_name', 'evaluation_provenance.provenance'])
}

async function selectTags(db: Kysely<LogTables>, { id }: JoinedRunRow): Promise<string[]> {
  const rows = await db.selectFrom('evaluation_tag').select('tag').where('run_id', '=', id).orderBy('tag').execute()
  return rows.map(({ tag }) => fromStoredText(tag))
}
