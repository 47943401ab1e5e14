/**
 * @file An evaluation's file of JSON lines, begun or taken up again. A line that was torn off when a process died is dropped;
 * whatever else is wrong with the file is said, and the file left alone.
 */
import { closeSync, existsSync, fsyncSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { z } from 'zod'
import { evaluationHeaderSchema, evaluationRowSchema, type EvaluationHeader, type EvaluationRow } from './evaluation-record.ts'

/** The file cannot be added to; `line` is counted from 1, null where it is about the file as a whole. */
export class EvaluationFileError extends Error {
  override readonly name = 'EvaluationFileError'
  readonly path: string
  readonly line: number | null

  constructor(path: string, line: number | null, problem: string) {
    super(line === null ? `${path}: ${problem}` : `${path}, line ${line}: ${problem}`)
    this.path = path
    this.line = line
  }
}

export class EvaluationFile {
  readonly path: string
  /** Everything in the file, in its order. */
  readonly rows: EvaluationRow[]
  readonly #handle: number

  private constructor(path: string, rows: EvaluationRow[], handle: number) {
    this.path = path
    this.rows = rows
    this.#handle = handle
  }

  /** Begins the file, or takes it up if it was begun under the same header. Throws EvaluationFileError. */
  static open(path: string, header: EvaluationHeader): EvaluationFile {
    const { lines, sizeBytes } = existsSync(path) ? readWholeLines(path) : { lines: [], sizeBytes: 0 }
    const rows = readRows(path, lines, header)
    mkdirSync(dirname(path), { recursive: true })
    const handle = openSync(path, 'a')
    ftruncateSync(handle, sizeBytes)
    const file = new EvaluationFile(path, rows, handle)
    if (lines.length === 0) file.#write(header)
    return file
  }

  append(row: EvaluationRow): void {
    this.#write(row)
    this.rows.push(row)
  }

  close(): void {
    fsyncSync(this.#handle)
    closeSync(this.#handle)
  }

  #write(value: object): void {
    writeSync(this.#handle, `${JSON.stringify(value)}\n`)
  }
}

/** Lines up to the last line feed, and their size; what follows it was being written when its process ended. */
function readWholeLines(path: string): { lines: string[]; sizeBytes: number } {
  const bytes = readFileSync(path)
  const sizeBytes = bytes.lastIndexOf('\n') + 1
  const torn = bytes.toString('utf8', sizeBytes)
  // Only our own torn line may be cut off: a foreign file of one line may end without a line feed.
  if (!LINE_STARTS.some((start) => start.startsWith(torn.slice(0, start.length)))) {
    throw new EvaluationFileError(path, null, 'expected an evaluation, or no file; found something else')
  }
  return { lines: bytes.toString('utf8', 0, sizeBytes).split('\n').slice(0, -1), sizeBytes }
}

/** How every line written here begins. */
const LINE_STARTS = ['{"type":"evaluation"', '{"type":"completion"']

function readRows(path: string, [first, ...rest]: readonly string[], header: EvaluationHeader): EvaluationRow[] {
  if (first === undefined) return []
  compareHeaders(path, readLine(path, 1, first, evaluationHeaderSchema), header)
  return rest.map((line, index) => readLine(path, index + 2, line, evaluationRowSchema))
}

function readLine<Schema extends z.ZodType>(path: string, number: number, line: string, schema: Schema): z.infer<Schema> {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    throw new EvaluationFileError(path, number, 'expected a JSON object of an evaluation, found something else')
  }
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new EvaluationFileError(path, number, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not what an evaluation writes'}`)
}

/** What a person would call each field of the header. */
const FIELD_WORDS: Readonly<Record<Exclude<keyof EvaluationHeader, 'type' | 'format'>, string>> = {
  model: 'another model',
  modelStamp: 'other files of the model: they were changed since',
  dataPath: 'another dataset',
  dataStamp: 'another version of the dataset: its file was changed since',
  reward: 'another reward',
  config: 'another config',
}

function compareHeaders(path: string, found: EvaluationHeader, expected: EvaluationHeader): void {
  for (const field of Object.keys(FIELD_WORDS) as (keyof typeof FIELD_WORDS)[]) {
    if (isDeepStrictEqual(found[field], expected[field])) continue
    const values = field === 'config' ? ` (${describeDifference(found.config, expected.config)})` : field === 'reward' ? ` (${found.reward}, now ${expected.reward})` : ''
    throw new EvaluationFileError(path, null, `it was begun with ${FIELD_WORDS[field]}${values}. Go on as it was begun, or write to another file.`)
  }
}

function describeDifference(found: Readonly<Record<string, unknown>>, expected: Readonly<Record<string, unknown>>): string {
  const names = Object.keys(expected).filter((name) => !isDeepStrictEqual(found[name], expected[name]))
  return names.map((name) => `${name} ${JSON.stringify(found[name])}, now ${JSON.stringify(expected[name])}`).join('; ')
}
