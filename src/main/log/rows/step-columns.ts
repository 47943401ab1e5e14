/**
 * @file Rows of the `step` table as the columns of an overview. It refuses what step-row.ts refuses, value by value: a schema for
 * each of a hundred thousand rows would take longer than everything else. Does not know queries.
 */
import { type Decision, decisionSchema, type DecisionSource, decisionSourceSchema } from '../../../shared/domain/step.ts'
import { packFlags, type StepColumns, type TextColumn } from '../../../shared/domain/trace-columns.ts'
import { LogRowError } from '../errors.ts'
import { fromStoredText } from '../stored-values.ts'

/** What an overview reads of a step, in the order that {@link toStepColumns} expects. */
export const overviewColumns = [
  'step_index',
  'token_id',
  'text',
  'logprob',
  'entropy',
  'candidate',
  'p_invoke',
  'decision',
  'decision_source',
  'augmentation_count',
  'decide_ms',
  'weave_ms',
  'decode_ms',
  'twin_token_id',
  'twin_text',
  'twin_logprob',
  'twin_kl',
] as const
type OverviewColumn = (typeof overviewColumns)[number]
const positions = new Map<OverviewColumn, number>(overviewColumns.map((name, position) => [name, position]))

/** What a column may hold. */
interface Accepted<Value> {
  readonly expected: string
  /** undefined where it may not be there. */
  readonly read: (stored: unknown) => Value | undefined
}

const INT32_MAX = 2 ** 31 - 1
const nonFinite = new Map<unknown, number>([['NaN', Number.NaN], ['Infinity', Number.POSITIVE_INFINITY], ['-Infinity', Number.NEGATIVE_INFINITY]])
const flags = new Map<unknown, boolean>([[0, false], [1, true]])
const decisions = new Map<unknown, Decision>(decisionSchema.options.map(({ value }) => [value, value]))
const sources = new Map<unknown, DecisionSource>(decisionSourceSchema.options.map((source) => [source, source]))

const count: Accepted<number> = {
  // In an int32 column a larger number would come out as another one.
  expected: `a whole number from 0 to ${INT32_MAX}`,
  read: (stored) => (typeof stored === 'number' && Number.isInteger(stored) && stored >= 0 && stored <= INT32_MAX ? stored : undefined),
}
const real: Accepted<number> = { expected: 'a number', read: (stored) => (typeof stored === 'number' ? stored : nonFinite.get(stored)) }
const text: Accepted<string> = { expected: 'text', read: (stored) => (typeof stored === 'string' ? fromStoredText(stored) : undefined) }
const flag: Accepted<boolean> = { expected: '0 or 1', read: (stored) => flags.get(stored) }
const decision: Accepted<Decision> = { expected: [...decisions.keys()].join(', '), read: (stored) => decisions.get(stored) }
const decisionSource: Accepted<DecisionSource> = { expected: [...sources.keys()].join(', '), read: (stored) => sources.get(stored) }

/**
 * @param traceId as stored, for messages
 * @param rows steps 0, 1, 2… with the values of {@link overviewColumns}
 * @throws {LogRowError}
 */
export function toStepColumns(path: string, traceId: string, rows: readonly (readonly unknown[])[]): StepColumns {
  const length = rows.length
  const refuse: Refuse = (index, column, problem) => {
    throw new LogRowError(path, { table: 'step', id: `${traceId}/${index}`, column }, problem)
  }
  const fill: Fill = (column, { read, expected }, values, { stride = 1, offset = 0 } = {}) => {
    const position = positions.get(column) ?? -1
    for (let index = 0; index < length; index++) {
      const stored = rows[index]?.[position]
      const value = read(stored)
      if (value === undefined) return refuse(index, column, `expected ${expected}, found ${JSON.stringify(stored)}`)
      values[stride * index + offset] = value
    }
    return values
  }

  for (const [index, stored] of fill('step_index', count, new Int32Array(length)).entries()) {
    if (stored !== index) refuse(index, 'step_index', `expected the step after ${index - 1}, found ${stored}`)
  }
  const elapsedMs = new Float32Array(3 * length)
  for (const [offset, column] of (['decide_ms', 'weave_ms', 'decode_ms'] as const).entries()) fill(column, real, elapsedMs, { stride: 3, offset })
  const candidates = fill('candidate', flag, new Array<boolean>(length))
  const decided = fill('decision', decision, new Array<Decision>(length))
  const decidedBy = fill('decision_source', or(null, decisionSource), new Array<DecisionSource | null>(length))
  return {
    tokenIds: fill('token_id', count, new Int32Array(length)),
    texts: toTextColumn(fill('text', text, new Array<string>(length))),
    logprobs: fill('logprob', real, new Float64Array(length)),
    entropies: fill('entropy', real, new Float64Array(length)),
    pInvoke: withoutNaN(fill('p_invoke', or(Number.NaN, real), new Float64Array(length))),
    flags: new Uint8Array(candidates.map((candidate, index) => packFlags({ candidate, decision: decided[index] ?? -100, decisionSource: decidedBy[index] ?? null }))),
    augmentationCounts: changesOf(fill('augmentation_count', count, new Int32Array(length))),
    elapsedMs,
    twin: toTwin(rows, fill, refuse),
  }
}

type Refuse = (index: number, column: OverviewColumn, problem: string) => never
/** Writes what a column holds to values[stride x index + offset]. */
type Fill = <Value, Values extends Record<number, Value>>(column: OverviewColumn, accepted: Accepted<Value>, values: Values, place?: { stride?: number; offset?: number }) => Values

function toTwin(rows: readonly (readonly unknown[])[], fill: Fill, refuse: Refuse): StepColumns['twin'] {
  const twinPositions = (['twin_token_id', 'twin_text', 'twin_logprob', 'twin_kl'] as const).map((column) => positions.get(column) ?? -1)
  let hasTwin = false
  for (const [index, row] of rows.entries()) {
    const held = twinPositions.reduce((sum, position) => sum + (row[position] === null ? 0 : 1), 0)
    if (held !== 0 && held !== twinPositions.length) refuse(index, 'twin_token_id', 'it must be null exactly where the other columns of the twin are')
    hasTwin ||= held > 0
  }
  if (!hasTwin) return null
  return {
    tokenIds: fill('twin_token_id', or(0, count), new Int32Array(rows.length)),
    texts: toTextColumn(fill('twin_text', or('', text), new Array<string>(rows.length))),
    logprobs: fill('twin_logprob', or(Number.NaN, real), new Float64Array(rows.length)),
    kl: fill('twin_kl', or(Number.NaN, real), new Float64Array(rows.length)),
  }
}

function toTextColumn(texts: readonly string[]): TextColumn {
  const places = new Map<string, number>()
  const at = new Int32Array(texts.length)
  texts.forEach((text, index) => {
    const known = places.get(text)
    at[index] = known ?? places.size
    if (known === undefined) places.set(text, places.size)
  })
  return { distinct: [...places.keys()], at }
}

function withoutNaN(values: Float64Array): StepColumns['pInvoke'] {
  const at: number[] = []
  for (let index = 0; index < values.length; index++) if (!Number.isNaN(values[index])) at.push(index)
  return { at: Int32Array.from(at), values: Float64Array.from(at, (index) => values[index] ?? Number.NaN) }
}

function changesOf(values: Int32Array): StepColumns['augmentationCounts'] {
  const at: number[] = []
  for (let index = 0; index < values.length; index++) if (values[index] !== (values[index - 1] ?? 0)) at.push(index)
  return { at: Int32Array.from(at), values: Int32Array.from(at, (index) => values[index] ?? 0) }
}

/** The same, with `standIn` for null. */
function or<Value, StandIn>(standIn: StandIn, { read, expected }: Accepted<Value>): Accepted<Value | StandIn> {
  return { expected: `${expected} or null`, read: (stored) => (stored === null ? standIn : read(stored)) }
}
