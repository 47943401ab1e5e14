/**
 * @file How text, numbers, matrices and small structures are kept in columns so that they come back as they were, in
 * SQLite and in PostgreSQL. Does not know any table.
 *
 * Negative zero is recorded as zero: neither a REAL column of SQLite nor JSON has a sign for it.
 */
import { z } from 'zod'
import type { Matrix } from '../../shared/domain/weave.ts'
import { messageOf } from '../../shared/message-of.ts'

/**
 * Databases store UTF-8, which has no lone surrogates, and PostgreSQL has no U+0000 either. Such a code unit is kept as
 * this noncharacter followed by four hexadecimal digits, and so is the noncharacter itself. Any other text is kept as it is.
 */
const ESCAPE = '\ufdd0'
const needsEscape = /[\0\ufdd0]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g
const escaped = /\ufdd0([0-9a-f]{4})/g

/** How many stored characters one character can take, for reading a prefix. */
export const MAX_STORED_EXPANSION = 5

export function toStoredText(text: string): string {
  return text.replace(needsEscape, (unit) => ESCAPE + unit.charCodeAt(0).toString(16).padStart(4, '0'))
}

export function fromStoredText(stored: string): string {
  return stored.replace(escaped, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
}

/** A REAL column can hold infinities but turns NaN into null, so NaN is kept as the text 'NaN'. */
export function toStoredReal(value: number): number | 'NaN' {
  return Number.isNaN(value) ? 'NaN' : value
}

/** JSON has neither NaN nor infinities: they are kept as the strings 'NaN', 'Infinity' and '-Infinity'. */
export function toStoredJson(value: unknown): string {
  const json = JSON.stringify(value)
  // Such a number has become null. Looking at each member takes several times as long, and this is done for every step.
  if (!json.includes('null')) return json
  return JSON.stringify(value, (_, member: unknown) => (typeof member === 'number' && !Number.isFinite(member) ? String(member) : member))
}

/** The shortest decimal that is this float32; `Math.fround` of it is the number itself. */
export function toShortFloat32(value: number): number {
  const exact = Math.fround(value)
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(exact.toPrecision(digits))
    if (Math.fround(short) === exact) return short
  }
  // Nine digits tell any two float32 apart.
  return Number(exact.toPrecision(9))
}

/** float32 little-endian, row-major: the byte order of every platform the app runs on. */
export function toStoredMatrix(matrix: Matrix): Uint8Array {
  if (matrix.data.length !== matrix.rows * matrix.columns) {
    throw new Error(`internal: a matrix of ${matrix.rows} x ${matrix.columns} holds ${matrix.data.length} numbers`)
  }
  return Buffer.from(matrix.data.buffer, matrix.data.byteOffset, matrix.data.byteLength)
}

export const textColumn = z.string().transform(fromStoredText)

export const numberColumn = z.union([
  z.number(),
  z.literal([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]),
  z.literal(['NaN', 'Infinity', '-Infinity']).transform(Number),
])

export const flagColumn = z.literal([0, 1]).transform((flag) => flag === 1)

export const matrixDataColumn = z
  .instanceof(Uint8Array)
  .refine((bytes) => bytes.byteLength % Float32Array.BYTES_PER_ELEMENT === 0, 'its length must be a multiple of 4 bytes')
  // Copied, because a blob's bytes may start anywhere in a larger buffer and float32 must be aligned.
  .transform((bytes) => new Float32Array(Uint8Array.from(bytes).buffer))

export function jsonColumn<Schema extends z.ZodType>(schema: Schema) {
  return z
    .string()
    .transform((text, context): unknown => {
      try {
        return JSON.parse(text)
      } catch (error) {
        context.addIssue({ code: 'custom', message: `expected JSON: ${messageOf(error)}` })
        return z.NEVER
      }
    })
    .pipe(schema)
}
