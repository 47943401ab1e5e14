import fc from 'fast-check'
import { expect, it } from 'vitest'
import { judgedStep } from '../../../test/support/judged-step.ts'
import { compileExpression, evaluate, MAX_SOURCE_LENGTH, type ExpressionValue } from './index.ts'

/** An expression as it is printed, how tightly its outermost operator holds, and its value worked out apart from the parser. */
interface Sample {
  source: string
  power: number
  value: ExpressionValue
}
type NumberSample = Sample & { value: number | null }
type TextSample = Sample & { value: string | null }
type BooleanSample = Sample & { value: boolean | null }

const ATOM = 9
const step = judgedStep({ index: 7, entropy: 1.5, text: 'a"b\n', candidate: true })

const orNull = (value: number): number | null => (Number.isNaN(value) ? null : value)

const calculations: Readonly<Record<string, { power: number; apply: (a: number, b: number) => number }>> = {
  '+': { power: 6, apply: (a, b) => a + b },
  '-': { power: 6, apply: (a, b) => a - b },
  '*': { power: 7, apply: (a, b) => a * b },
  '/': { power: 7, apply: (a, b) => a / b },
  '%': { power: 7, apply: (a, b) => a % b },
}
const comparisons: Readonly<Record<string, (a: number, b: number) => boolean>> = { '<': (a, b) => a < b, '<=': (a, b) => a <= b, '>': (a, b) => a > b, '>=': (a, b) => a >= b }

/** In parentheses where the operator around it would take it apart, and now and then where not. */
function within(sample: Sample, power: number, hasExtra: boolean): string {
  return sample.power < power || hasExtra ? `(${sample.source})` : sample.source
}

function quoted(text: string): string {
  return `"${Array.from(text, (character) => (/["\\\n]/.test(character) ? `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}` : character)).join('')}"`
}

function choiceOf<Choice extends Sample>(condition: fc.Arbitrary<BooleanSample>, end: fc.Arbitrary<Choice>): fc.Arbitrary<Choice> {
  return fc.tuple(condition, end, end, fc.boolean()).map(([asked, yes, no, extra]) => ({
    ...yes,
    source: `${within(asked, 2, extra)} ? ${within(yes, 0, extra)} : ${no.source}`,
    power: 1,
    value: asked.value === true ? yes.value : no.value,
  }))
}

const { boolean, number, text } = fc.letrec<{ number: NumberSample; text: TextSample; boolean: BooleanSample }>((tie) => ({
  number: fc.oneof(
    { maxDepth: 6 },
    fc.oneof(
      fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }).map((value) => ({ source: String(value), power: ATOM, value })),
      fc.nat(9).map((value) => ({ source: String(value), power: ATOM, value })),
      fc.constantFrom<NumberSample>({ source: 'index', power: ATOM, value: 7 }, { source: 'entropy', power: ATOM, value: 1.5 }, { source: 'twin.kl', power: ATOM, value: null }, { source: 'pInvoke', power: ATOM, value: null }),
    ),
    fc.tuple(fc.constantFrom(...Object.keys(calculations)), tie('number'), tie('number'), fc.boolean()).map(([operator, left, right, extra]) => {
      const { power, apply } = calculations[operator]!
      return { source: `${within(left, power, extra)} ${operator} ${within(right, power + 1, extra)}`, power, value: left.value === null || right.value === null ? null : orNull(apply(left.value, right.value)) }
    }),
    tie('number').map((operand) => ({ source: `-${within(operand, 8, false)}`, power: 8, value: operand.value === null ? null : -operand.value })),
    fc.array(tie('number'), { minLength: 1, maxLength: 3 }).map((args) => ({
      source: `max(${args.map(({ source }) => source).join(', ')})`,
      power: ATOM,
      value: args.some(({ value }) => value === null) ? null : Math.max(...args.map(({ value }) => Number(value))),
    })),
    tie('text').map(({ source, value }) => ({ source: `length(${source})`, power: ATOM, value: value === null ? null : value.length })),
    choiceOf(tie('boolean'), tie('number')),
  ),
  text: fc.oneof(
    { maxDepth: 6 },
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 5 }).map((value) => ({ source: quoted(value), power: ATOM, value })),
      fc.constantFrom<TextSample>({ source: 'token', power: ATOM, value: step.text }, { source: 'decisionSource', power: ATOM, value: null }),
    ),
    choiceOf(tie('boolean'), tie('text')),
  ),
  boolean: fc.oneof(
    { maxDepth: 6 },
    fc.constantFrom<BooleanSample>({ source: 'true', power: ATOM, value: true }, { source: 'false', power: ATOM, value: false }, { source: 'candidate', power: ATOM, value: true }, { source: 'differs', power: ATOM, value: null }),
    fc.tuple(fc.constantFrom(...Object.keys(comparisons)), tie('number'), tie('number'), fc.boolean()).map(([operator, left, right, extra]) => ({
      source: `${within(left, 5, extra)} ${operator} ${within(right, 6, extra)}`,
      power: 5,
      value: left.value !== null && right.value !== null && comparisons[operator]!(left.value, right.value),
    })),
    fc.tuple(fc.constantFrom('==', '!='), fc.oneof(fc.tuple(tie('number'), tie('number')), fc.tuple(tie('text'), tie('text')), fc.tuple(tie('boolean'), tie('boolean'))), fc.boolean()).map(([operator, [left, right], extra]) => ({
      source: `${within(left, 4, extra)}${operator}${within(right, 5, extra)}`,
      power: 4,
      value: left.value !== null && right.value !== null && (left.value === right.value) === (operator === '=='),
    })),
    fc.tuple(fc.constantFrom('==', '!='), tie('number')).map(([operator, left]) => ({ source: `${within(left, 4, false)} ${operator} null`, power: 4, value: (left.value === null) === (operator === '==') })),
    fc.tuple(tie('boolean'), tie('boolean'), fc.boolean()).map(([left, right, extra]) => ({ source: `${within(left, 3, extra)} && ${within(right, 4, extra)}`, power: 3, value: left.value === true && right.value === true })),
    fc.tuple(tie('boolean'), tie('boolean'), fc.boolean()).map(([left, right, extra]) => ({ source: `${within(left, 2, extra)} || ${within(right, 3, extra)}`, power: 2, value: left.value === true || right.value === true })),
    tie('boolean').map((operand) => ({ source: `!${within(operand, 8, false)}`, power: 8, value: operand.value !== true })),
    choiceOf(tie('boolean'), tie('boolean')),
  ),
}))

it('any expression that is printed and compiled evaluates to what its parts say', () => {
  fc.assert(
    fc.property(fc.oneof(boolean, number, text), ({ source, value }) => {
      fc.pre(source.length <= MAX_SOURCE_LENGTH)
      expect(evaluate(compileExpression(source), { step, weave: null, generatedText: '' })).toBe(value)
    }),
    { numRuns: 3000 },
  )
})
