/**
 * @file A chain of lookups and sums on one digit: its question, its solution, its reasoning. Does not know where facts come from.
 *
 * Every line of the reasoning ends in "gives" and a newline, and the next line begins with what it gives. So the token right
 * after a delimiter is the one that needs a fact after a lookup, and needs none after a sum. The first four newlines of a
 * completion end the first four steps, and no lookup comes later: an insertion limit of 4 reaches every lookup.
 */
import type { Draws } from './draws.ts'
import { DIGITS, lookUp, OPERATORS, type Fact, type Operator, type OperatorTables } from './operators.ts'
import { boxed, type Segment } from './sample.ts'

export type ChainStep = { readonly kind: 'lookup'; readonly operator: Operator } | { readonly kind: 'sum'; readonly addend: number }

export interface Chain {
  readonly start: number
  readonly steps: readonly ChainStep[]
}

export interface SolvedChain {
  readonly chain: Chain
  /** The digit before each step, and the answer last. */
  readonly values: readonly number[]
  /** The fact of each lookup, in order, with the step that needs it. */
  readonly lookups: readonly { readonly stepIndex: number; readonly fact: Fact }[]
}

/** L is a lookup, S a sum. The last lookup always depends on a sum, directly or through another lookup. */
const PATTERNS = ['LSL', 'LSLS', 'SLSL', 'LSSL', 'LSLL', 'LLSL', 'SLLS']

const OPENINGS = ['Start with', 'Take', 'Begin at']
const QUESTIONS = ['Which digit is left?', 'What is the last digit?']

/** Draws a chain whose steps all differ, so that what comes next in the question can be told from the step before. */
export function drawChain(draws: Draws): Chain {
  const operators = draws.shuffle(OPERATORS)
  const addends = draws.shuffle(DIGITS.slice(1))
  const steps = [...draws.pick(PATTERNS)].map((letter): ChainStep =>
    letter === 'L' ? { kind: 'lookup', operator: operators.pop()! } : { kind: 'sum', addend: addends.pop()! },
  )
  return { start: draws.pick(DIGITS), steps }
}

/** Sums keep their last digit, so every value can be looked up. */
export function solveChain(chain: Chain, tables: OperatorTables): SolvedChain {
  const values = [chain.start]
  const lookups: SolvedChain['lookups'][number][] = []
  for (const [stepIndex, step] of chain.steps.entries()) {
    const value = values[stepIndex]!
    if (step.kind === 'sum') {
      values.push((value + step.addend) % 10)
    } else {
      const fact = lookUp(tables, step.operator, value)
      lookups.push({ stepIndex, fact })
      values.push(fact.result)
    }
  }
  return { chain, values, lookups }
}

export function chainAnswer({ values }: SolvedChain): number {
  return values.at(-1)!
}

export function chainQuestion({ start, steps }: Chain, draws: Draws): string {
  return `${draws.pick(OPENINGS)} ${start}, then ${steps.map(stepText).join(', ')}. ${draws.pick(QUESTIONS)}`
}

/** What tells a chain from every other. */
export function chainKey({ start, steps }: Chain): string {
  return [start, ...steps.map(stepText)].join('; ')
}

/**
 * The reasoning, one line a step, and the boxed answer.
 * @param notes what stands, unlearned, before the line that begins with value i of the chain
 */
export function chainCompletion({ chain, values }: SolvedChain, notes: ReadonlyMap<number, string> = new Map()): Segment[] {
  const segments: Segment[] = []
  for (const [index, value] of values.entries()) {
    const note = notes.get(index)
    if (note !== undefined) segments.push({ text: note, supervised: false })
    const step = chain.steps[index]
    const line = step === undefined ? `${value}\n${boxed(value)}` : `${value} ${stepText(step)} gives\n`
    segments.push({ text: line, supervised: true })
  }
  return segments
}

function stepText(step: ChainStep): string {
  switch (step.kind) {
    case 'lookup':
      return step.operator
    case 'sum':
      return `plus ${step.addend}`
    default:
      return step satisfies never
  }
}
