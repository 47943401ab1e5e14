/** @file The made-up operators on digits and tables of what they give. Does not know which table is the hidden one. */
import type { Draws } from './draws.ts'

export const OPERATORS = ['zorp', 'blick', 'mib', 'tarn', 'quop', 'vex'] as const
export type Operator = (typeof OPERATORS)[number]

export const DIGITS: readonly number[] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]

/** What each operator gives for each digit 0..9. */
export type OperatorTables = Readonly<Record<Operator, readonly number[]>>

export interface Fact {
  readonly operator: Operator
  readonly digit: number
  readonly result: number
}

/** Draws every operator as a permutation of the digits, so that no answer is likelier than another. */
export function drawTables(draws: Draws): OperatorTables {
  return {
    zorp: draws.shuffle(DIGITS),
    blick: draws.shuffle(DIGITS),
    mib: draws.shuffle(DIGITS),
    tarn: draws.shuffle(DIGITS),
    quop: draws.shuffle(DIGITS),
    vex: draws.shuffle(DIGITS),
  }
}

export function lookUp(tables: OperatorTables, operator: Operator, digit: number): Fact {
  return { operator, digit, result: tables[operator][digit]! }
}

/** A fact without its result, as text: what a lookup asks for, and the name of the fact. */
export function factQuery({ operator, digit }: Pick<Fact, 'operator' | 'digit'>): string {
  return `${digit} ${operator}`
}

export function factText(fact: Fact): string {
  return `${factQuery(fact)} gives ${fact.result}`
}
