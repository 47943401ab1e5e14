/** @file Takes a row out of the database as unknown and lets a schema accept it. Does not know any table. */
import type { z } from 'zod'
import { LogRowError } from '../errors.ts'

export interface RowPlace {
  /** The database file. */
  readonly path: string
  readonly table: string
  readonly id: string
}

/** @throws {LogRowError} naming table, id and column */
export function readRow<Schema extends z.ZodType>(place: RowPlace, schema: Schema, row: unknown): z.output<Schema> {
  const result = schema.safeParse(row)
  if (result.success) return result.data
  const [issue] = result.error.issues
  const [column = 'unknown', ...inside] = issue?.path.map(String) ?? []
  const where = inside.length === 0 ? '' : `at ${inside.join('.')}: `
  throw new LogRowError(place.path, { table: place.table, id: place.id, column }, `${where}${issue?.message ?? 'not readable'}`)
}
