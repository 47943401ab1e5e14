/**
 * @file Rows of the `step` table as the columns of an overview. It refuses what step-row.ts refuses, value by value: a schema for
 * each of a hundred thousand rows would take longer than everything else. Does not know queries.
 */
import { type Decision, decisionSchema, type DecisionSource, decisionSourceSchema, NOT_ASKED } from '../../../shared/domain/step.ts'
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
const twinPositions = (['twin_token_id', 'twin_text', 'twin_logprob', 'twin_kl'] as const).map((column) => positions.get(column) ?? -1)

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
 * The columns of one trace, of rows that come a part at a time: held together, a hundred thousand rows take longer than the reading of them.
 * A part is read column by column, which the compiler makes more of than of seventeen columns a row.
 */
export class StepColumnsReader {
  readonly #path: string
  readonly #traceId: string
  /** Steps of the parts so far. */
  #count = 0
  readonly #tokenIds: Int32Array
  readonly #texts: TextColumnReader
  readonly #logprobs: Float64Array
  readonly #entropies: Float64Array
  readonly #pInvoke: Float64Array
  readonly #flags: Uint8Array
  readonly #augmentationCounts: Int32Array
  readonly #elapsedMs: Float32Array
  readonly #twin: { readonly tokenIds: Int32Array; readonly texts: TextColumnReader; readonly logprobs: Float64Array; readonly kl: Float64Array }
  #hasTwin = false

  /**
   * @param traceId as stored, for messages
   * @param length steps of the trace
   * @throws {LogRowError} where no trace can have as many
   */
  constructor(path: string, traceId: string, length: number) {
    this.#path = path
    this.#traceId = traceId
    if (length > INT32_MAX) this.#refuse(length - 1, 'step_index', `expected ${count.expected}, found ${length - 1}`)
    this.#tokenIds = new Int32Array(length)
    this.#texts = new TextColumnReader(length)
    this.#logprobs = new Float64Array(length)
    this.#entropies = new Float64Array(length)
    this.#pInvoke = new Float64Array(length)
    this.#flags = new Uint8Array(length)
    this.#augmentationCounts = new Int32Array(length)
    this.#elapsedMs = new Float32Array(3 * length)
    this.#twin = { tokenIds: new Int32Array(length), texts: new TextColumnReader(length), logprobs: new Float64Array(length), kl: new Float64Array(length) }
  }

  /**
   * @param rows the next steps, with the values of {@link overviewColumns}
   * @throws {LogRowError}
   */
  add(rows: readonly StoredStep[]): void {
    const first = this.#count
    for (const [index, stepIndex] of this.#read(rows, 'step_index', count).entries()) {
      if (stepIndex !== first + index) this.#refuse(first + index, 'step_index', `expected the step after ${first + index - 1}, found ${stepIndex}`)
    }
    this.#tokenIds.set(this.#read(rows, 'token_id', count), first)
    this.#texts.set(this.#read(rows, 'text', text), first)
    this.#logprobs.set(this.#read(rows, 'logprob', real), first)
    this.#entropies.set(this.#read(rows, 'entropy', real), first)
    this.#pInvoke.set(this.#read(rows, 'p_invoke', or(Number.NaN, real)), first)
    const decided = this.#read(rows, 'decision', decision)
    const decidedBy = this.#read(rows, 'decision_source', or(null, decisionSource))
    for (const [index, candidate] of this.#read(rows, 'candidate', flag).entries()) {
      this.#flags[first + index] = packFlags({ candidate, decision: decided[index] ?? NOT_ASKED, decisionSource: decidedBy[index] ?? null })
    }
    this.#augmentationCounts.set(this.#read(rows, 'augmentation_count', count), first)
    for (const [offset, column] of (['decide_ms', 'weave_ms', 'decode_ms'] as const).entries()) {
      for (const [index, elapsed] of this.#read(rows, column, real).entries()) this.#elapsedMs[3 * (first + index) + offset] = elapsed
    }
    this.#addTwin(rows, first)
    this.#count += rows.length
  }

  finish(): StepColumns {
    const { texts: twinTexts, ...twin } = this.#twin
    return {
      tokenIds: this.#tokenIds,
      texts: this.#texts.finish(),
      logprobs: this.#logprobs,
      entropies: this.#entropies,
      pInvoke: withoutNaN(this.#pInvoke),
      flags: this.#flags,
      augmentationCounts: changesOf(this.#augmentationCounts),
      elapsedMs: this.#elapsedMs,
      twin: this.#hasTwin ? { ...twin, texts: twinTexts.finish() } : null,
    }
  }

  #addTwin(rows: readonly StoredStep[], first: number): void {
    const { tokenIds, texts, logprobs, kl } = this.#twin
    for (const [index, row] of rows.entries()) {
      const held = twinPositions.reduce((sum, position) => sum + (row[position] === null ? 0 : 1), 0)
      if (held !== 0 && held !== twinPositions.length) this.#refuse(first + index, 'twin_token_id', 'it must be null exactly where the other columns of the twin are')
      this.#hasTwin ||= held > 0
    }
    tokenIds.set(this.#read(rows, 'twin_token_id', or(0, count)), first)
    texts.set(this.#read(rows, 'twin_text', or('', text)), first)
    logprobs.set(this.#read(rows, 'twin_logprob', or(Number.NaN, real)), first)
    kl.set(this.#read(rows, 'twin_kl', or(Number.NaN, real)), first)
  }

  #read<Value>(rows: readonly StoredStep[], column: OverviewColumn, { read, expected }: Accepted<Value>): Value[] {
    const position = positions.get(column) ?? -1
    const values = new Array<Value>(rows.length)
    for (let index = 0; index < rows.length; index++) {
      const stored = rows[index]?.[position]
      const value = read(stored)
      if (value === undefined) return this.#refuse(this.#count + index, column, `expected ${expected}, found ${JSON.stringify(stored)}`)
      values[index] = value
    }
    return values
  }

  #refuse(index: number, column: OverviewColumn, problem: string): never {
    throw new LogRowError(this.#path, { table: 'step', id: `${this.#traceId}/${index}`, column }, problem)
  }
}

type StoredStep = readonly unknown[]

/** Each text once, and which one is where. */
class TextColumnReader {
  readonly #places = new Map<string, number>()
  readonly #at: Int32Array

  constructor(length: number) {
    this.#at = new Int32Array(length)
  }

  set(texts: readonly string[], first: number): void {
    for (const [index, text] of texts.entries()) {
      const place = this.#places.get(text) ?? this.#places.size
      this.#places.set(text, place)
      this.#at[first + index] = place
    }
  }

  finish(): TextColumn {
    return { distinct: [...this.#places.keys()], at: this.#at }
  }
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
