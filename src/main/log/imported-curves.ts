/** @file Curves of other programs: what the log can do for them, and its queries. Removing some is a flag: nothing is deleted. Does not know SQLite. */
import type { Kysely } from 'kysely'
import { z } from 'zod'
import type { CurveSeries, ImportedCurves, ImportedCurvesId } from '../../shared/domain/imported-curves.ts'
import { withLogErrors } from './errors.ts'
import { readRow } from './rows/read-row.ts'
import type { LogTables } from './schema.ts'
import { textColumn, toStoredText } from './stored-values.ts'

/** Every method throws {@link LogUnavailableError}; what returned is on disk. */
export interface CurveLog {
  /** Newest first, without those in the trash. */
  list(): Promise<ImportedCurves[]>
  /** In the order they were given; none where there are no such curves. */
  series(id: ImportedCurvesId): Promise<CurveSeries[]>
  /** All of it or nothing; curves that are there already, also in the trash, are taken out of it and stay as they are. */
  add(curves: ImportedCurves, series: readonly CurveSeries[]): Promise<void>
  remove(id: ImportedCurvesId): Promise<void>
}

const curvesRowSchema = z.object({ id: textColumn.pipe(z.string().min(1).brand<'ImportedCurvesId'>()), name: textColumn, path: textColumn, created_at: z.int() })
const float64Blob = z.instanceof(Uint8Array).refine(({ byteLength }) => byteLength % 8 === 0, 'expected float64 numbers').transform((bytes) => new Float64Array(Uint8Array.from(bytes).buffer))
const seriesRowSchema = z.object({ tag: textColumn, steps: float64Blob, series_values: float64Blob })

/** @param now Unix milliseconds, UTC */
export function buildCurveLog(path: string, db: Kysely<LogTables>, now: () => number): CurveLog {
  return {
    list: () => withLogErrors(path, () => selectCurves(db, path)),
    series: (id) => withLogErrors(path, () => selectSeries(db, path, id)),
    add: (curves, series) => withLogErrors(path, () => insertCurves(db, curves, series)),
    remove: (id) =>
      withLogErrors(path, async () => {
        await db.updateTable('imported_curves').set({ trashed_at: now() }).where('id', '=', toStoredText(id)).execute()
      }),
  }
}

async function selectCurves(db: Kysely<LogTables>, path: string): Promise<ImportedCurves[]> {
  const rows = await db.selectFrom('imported_curves').selectAll().where('trashed_at', 'is', null).orderBy('created_at', 'desc').orderBy('id', 'desc').execute()
  const tags = await db.selectFrom('imported_series').select(['curves_id', 'tag']).orderBy('curves_id').orderBy('series_index').execute()
  const tagsOf = Map.groupBy(tags, ({ curves_id }) => curves_id)
  return rows.map((row) => {
    const { created_at: createdAt, ...curves } = readRow({ path, table: 'imported_curves', id: row.id }, curvesRowSchema, row)
    return { ...curves, createdAt, tags: (tagsOf.get(row.id) ?? []).map(({ tag }) => textColumn.parse(tag)) }
  })
}

async function selectSeries(db: Kysely<LogTables>, path: string, id: ImportedCurvesId): Promise<CurveSeries[]> {
  const rows = await db.selectFrom('imported_series').selectAll().where('curves_id', '=', toStoredText(id)).orderBy('series_index').execute()
  return rows.map((row) => {
    const { tag, steps, series_values: values } = readRow({ path, table: 'imported_series', id: `${row.curves_id}/${row.series_index}` }, seriesRowSchema, row)
    return { tag, steps, values }
  })
}

function insertCurves(db: Kysely<LogTables>, { id, name, path, createdAt }: ImportedCurves, series: readonly CurveSeries[]): Promise<void> {
  return db.transaction().execute(async (tx) => {
    const row = { id: toStoredText(id), name: toStoredText(name), path: toStoredText(path), created_at: createdAt, trashed_at: null }
    const { numInsertedOrUpdatedRows } = await tx.insertInto('imported_curves').values(row).onConflict((conflict) => conflict.column('id').doNothing()).executeTakeFirst()
    if (numInsertedOrUpdatedRows !== 1n) {
      await tx.updateTable('imported_curves').set({ trashed_at: null }).where('id', '=', row.id).execute()
      return
    }
    for (const [index, { tag, steps, values }] of series.entries()) {
      await tx.insertInto('imported_series').values({ curves_id: row.id, series_index: index, tag: toStoredText(tag), steps: bytesOf(steps), series_values: bytesOf(values) }).execute()
    }
  })
}

function bytesOf({ buffer, byteOffset, byteLength }: Float64Array): Uint8Array {
  return Buffer.from(buffer, byteOffset, byteLength)
}
