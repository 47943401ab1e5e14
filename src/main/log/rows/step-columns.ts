/**
 * @file Rows of the `step` table as the columns of an overview. It refuses what step-row.ts refuses, value by value: a schema for
 * each of a hundred thousand rows would take longer than everything else. Does not know queries.
 */
import { type Decision, decisionSchema, type DecisionSource, decisionSourceSchema } from '../../../shared/domain/step.ts'
import { packFlags, type StepColumns } from '../../../shared/domain/trace-columns.ts'
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
  const refuse = (index: number, column: OverviewColumn, problem: string): never => {
    throw new LogRowError(path, { table: 'step', id: `${traceId}/${index}`, column }, problem)
  }
  const column = <Value>(name: OverviewColumn, { read, expected }: Accepted<Value>): Value[] => {
    const position = positions.get(name) ?? -1
    return rows.map((row, index) => {
      const value = read(row[position])
      return value === undefined ? refuse(index, name, `expected ${expected}, found ${JSON.stringify(row[position])}`) : value
    })
  }

  for (const [index, stored] of column('step_index', count).entries()) {
    if (stored !== index) refuse(index, 'step_index', `expected the step after ${index - 1}, found ${stored}`)
  }
  const candidates = column('candidate', flag)
  const decided = column('decision', decision)
  const decidedBy = column('decision_source', orNull(decisionSource))
  return {
    tokenIds: Int32Array.from(column('token_id', count)),
    texts: column('text', text),
    logprobs: Float64Array.from(column('logprob', real)),
    entropies: Float64Array.from(column('entropy', real)),
    pInvoke: Float64Array.from(column('p_invoke', orNull(real)), nanForNull),
    flags: Int32Array.from(candidates, (candidate, index) => packFlags({ candidate, decision: decided[index] ?? -100, decisionSource: decidedBy[index] ?? null })),
    augmentationCounts: Int32Array.from(column('augmentation_count', count)),
    elapsedMs: interleave([column('decide_ms', real), column('weave_ms', real), column('decode_ms', real)]),
    twin: toTwin(column, refuse),
  }
}

type ReadColumn = <Value>(name: OverviewColumn, accepted: Accepted<Value>) => Value[]

function toTwin(column: ReadColumn, refuse: (index: number, column: OverviewColumn, problem: string) => never): StepColumns['twin'] {
  const tokenIds = column('twin_token_id', orNull(count))
  const texts = column('twin_text', orNull(text))
  const logprobs = column('twin_logprob', orNull(real))
  const kl = column('twin_kl', orNull(real))
  for (const [index, tokenId] of tokenIds.entries()) {
    const isWhole = [texts, logprobs, kl].every((values) => (values[index] === null) === (tokenId === null))
    if (!isWhole) refuse(index, 'twin_token_id', 'it must be null exactly where the other columns of the twin are')
  }
  if (tokenIds.every((tokenId) => tokenId === null)) return null
  return {
    tokenIds: Int32Array.from(tokenIds, (tokenId) => tokenId ?? 0),
    texts: texts.map((twinText) => twinText ?? ''),
    logprobs: Float64Array.from(logprobs, nanForNull),
    kl: Float64Array.from(kl, nanForNull),
  }
}

function orNull<Value>({ read, expected }: Accepted<Value>): Accepted<Value | null> {
  return { expected: `${expected} or null`, read: (stored) => (stored === null ? null : read(stored)) }
}

function nanForNull(value: number | null): number {
  return value ?? Number.NaN
}

/** [a0, b0, c0, a1, b1, c1, …] */
function interleave(columns: readonly (readonly number[])[]): Float64Array {
  const width = columns.length
  const values = new Float64Array(width * (columns[0]?.length ?? 0))
  for (const [offset, numbers] of columns.entries()) {
    for (const [index, value] of numbers.entries()) values[width * index + offset] = value
  }
  return values
}
