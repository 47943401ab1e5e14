/** @file Queries that keep the samples of a dataset once, for all runs on it. Does not know SQLite. */
import type { Kysely, Transaction } from 'kysely'
import type { DatasetStamp, TaskName, TaskSample } from '../../shared/domain/task.ts'
import { fromSampleRow, toDatasetRow, toSampleRow } from './rows/dataset-row.ts'
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
