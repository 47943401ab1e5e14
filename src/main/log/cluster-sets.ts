/** @file Centroids that interventions speak of, and their queries. Does not know SQLite, nor how anything was clustered. */
import type { Kysely } from 'kysely'
import { z } from 'zod'
import { type ClusterSetId, clusterSetIdSchema } from '../../shared/domain/experiment-ids.ts'
import type { ClusterSet } from './evaluation-log.ts'
import { readRow } from './rows/read-row.ts'
import type { LogTables } from './schema.ts'
import { matrixDataColumn, textColumn, toStoredMatrix, toStoredText } from './stored-values.ts'

const clusterSetRowSchema = z
  .object({ id: textColumn.pipe(clusterSetIdSchema), origin: textColumn, centroids_rows: z.int().nonnegative(), centroids_columns: z.int().nonnegative(), centroids: matrixDataColumn })
  .refine((row) => row.centroids.length === row.centroids_rows * row.centroids_columns, { path: ['centroids'], message: 'it must hold centroids_rows x centroids_columns numbers' })

export async function insertClusterSet(db: Kysely<LogTables>, { id, centroids, origin }: ClusterSet, createdAt: number): Promise<void> {
  await db
    .insertInto('cluster_set')
    .values({ id: toStoredText(id), origin: toStoredText(origin), centroids_rows: centroids.rows, centroids_columns: centroids.columns, centroids: toStoredMatrix(centroids), created_at: createdAt })
    .execute()
}

export async function selectClusterSet(db: Kysely<LogTables>, path: string, id: ClusterSetId): Promise<ClusterSet | undefined> {
  const row = await db.selectFrom('cluster_set').selectAll().where('id', '=', toStoredText(id)).executeTakeFirst()
  if (row === undefined) return undefined
  const { centroids_rows: rows, centroids_columns: columns, centroids: data, ...stored } = readRow({ path, table: 'cluster_set', id: row.id }, clusterSetRowSchema, row)
  return { ...stored, centroids: { rows, columns, data } }
}
