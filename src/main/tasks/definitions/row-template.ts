/** @file Values of a row by a column's name or path, and templates made of them. It does not know which columns mean what. */
import { RowMismatch } from '../dataset-error.ts'
import { describe, describeFields, type RowObject } from '../row-values.ts'

/** `{column}`, and a doubled brace for one that is meant as such. `{}` stands for itself, as in `\boxed{}`. */
const place = /\{\{|\}\}|\{([^{}]+)\}/g

/** What stands under a column, or under a path of names joined by dots such as `answers.text`; undefined where nothing does. */
export function fieldValue(row: RowObject, field: string): unknown {
  if (Object.hasOwn(row, field)) return row[field]
  let value: unknown = row
  for (const name of field.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
    value = (value as RowObject)[name] // an object that has the name
  }
  return value
}

/** The value as text: texts as they are, numbers and truth values as JSON writes them. Raises RowMismatch for everything else. */
export function readFieldText(row: RowObject, field: string): string {
  const value = fieldValue(row, field)
  if (typeof value === 'string' && value !== '') return value
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return String(value)
  const isMissing = value === undefined
  throw new RowMismatch(field, 'text or a number', isMissing ? describeFields(row) : value === '' ? 'an empty text' : describe(value))
}

/**
 * The column of that name, or else the template with its columns filled in. Raises RowMismatch for a column that the row lacks.
 * @param purpose what the template is for, in the message where it names no column
 */
export function fillTemplate(row: RowObject, template: string, purpose: string): string {
  if (fieldValue(row, template) !== undefined) return readFieldText(row, template)
  if (template.search(place) < 0 && purpose === 'prompt') throw new RowMismatch(template, 'a column of that name', describeFields(row))
  return template.replace(place, (found, field: string | undefined) => (field === undefined ? found[0]! : readFieldText(row, field)))
}
