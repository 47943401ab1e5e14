/** @file Single values of a row, from unknown shapes; what does not fit is a RowMismatch that names the field. It knows no task and no file. */
import { RowMismatch } from './dataset-error.ts'

export type RowObject = Readonly<Record<string, unknown>>

/** Long enough to recognise a value in its file by. */
const excerptLength = 60

/** Ids of tables are often numbers, 64 bits wide. */
export function readId(value: unknown, field: string): string | null {
  if (value == null) return null
  const isWholeNumber = typeof value === 'bigint' || (typeof value === 'number' && Number.isSafeInteger(value))
  return isWholeNumber ? String(value) : readText(value, field, 'text or a whole number')
}

/** The text, which must not be empty. Raises RowMismatch. */
export function readText(value: unknown, field: string, expected: string): string {
  if (typeof value !== 'string') throw new RowMismatch(field, expected, describe(value))
  if (value === '') throw new RowMismatch(field, expected, 'an empty text')
  return value
}

/** Its values are still unknown. Raises RowMismatch. */
export function readObject(value: unknown, field: string | null, expected: string): RowObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new RowMismatch(field, expected, describe(value))
  return value as RowObject // what was just checked; its values are still unknown
}

/** What a row holds, for the end of a message: the names of fields that are not null. */
export function describeFields(row: RowObject): string {
  const names = Object.entries(row).flatMap(([name, value]) => (value == null ? [] : [JSON.stringify(name)]))
  return names.length === 0 ? 'an empty row' : `a row of ${shorten(names.join(', '))}`
}

/** What was found, for the end of a message: a text or number itself, shortened, of anything else its kind. */
export function describe(value: unknown): string {
  if (value == null) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (value instanceof Uint8Array) return 'bytes that are no UTF-8 text'
  if (typeof value === 'string') return JSON.stringify(shorten(value))
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return `the ${typeof value} ${value}`
  return 'an object'
}

function shorten(text: string): string {
  return text.length > excerptLength ? `${text.slice(0, excerptLength)}…` : text
}
