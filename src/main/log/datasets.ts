/** @file Queries that keep the samples of a dataset once, for all runs on it. Does not know SQLite. */
import type { Kysely, Transaction } from 'kysely'
import type { DatasetStamp, TaskName, TaskSample } from '../../shared/domain/task.ts'
import { fromDatasetRow, fromSampleRow, toDatasetRow, toSampleRow } from './rows/dataset-row.ts'
import type { LogTables } from './schema.ts'
import { toStoredText } from './stored-values.ts'

/**
 * Adds the samples that are not there yet. A sample's place is that in `samples`: equal ids give equal samples in equal order, but for how
 * many.
 */
export async function insertDataset(tx: Transaction<LogTables>, stamp: DatasetStamp, task: TaskName, samples: readonly TaskSample[], now: number): Promise<void> {
  await tx.insertInto('dataset').values(toDatasetRow(stamp, task, now)).onConflict((conflict) => conflict.column('id').doNothing()).execute()
  const known = await tx.selectFrom('dataset_sample').select('sample_id').where('dataset_id', '=', toStoredText(stamp.id)).execute()
  const ids = new Set(known.map(({ sample_id }) => sample_id))
  for (const [position, sample] of samples.entries()) {
    const row = toSampleRow(stamp.id, position, sample)
    if (!ids.has(row.sample_id)) await tx.insertInto('dataset_sample').values(row).execute()
  }
}

/** Its samples are counted as they are there. */
export async function selectDataset(db: Kysely<LogTables>, path: string, datasetId: string): Promise<{ stamp: DatasetStamp; task: TaskName } | undefined> {
  const row = await db
    .selectFrom('dataset')
    .selectAll()
    .select((of) => of.selectFrom('dataset_sample').whereRef('dataset_sample.dataset_id', '=', 'dataset.id').select((sample) => sample.fn.countAll<number | string>().as('count')).$asScalar().$notNull().as('sample_count'))
    .where('id', '=', toStoredText(datasetId))
    .executeTakeFirst()
  // PostgreSQL counts in 64 bits and answers with a string.
  return row === undefined ? undefined : fromDatasetRow(path, row, Number(row.sample_count))
}

/** In the dataset's order. @param limit null takes all */
export async function selectSamples(db: Kysely<LogTables>, path: string, datasetId: string, limit: number | null): Promise<TaskSample[]> {
  const rows = await db
    .selectFrom('dataset_sample')
    .selectAll()
    .where('dataset_id', '=', toStoredText(datasetId))
    .orderBy('position')
    .$if(limit !== null, (all) => all.limit(limit ?? 0))
    .execute()
  return rows.map((row) => fromSampleRow(path, row))
}
