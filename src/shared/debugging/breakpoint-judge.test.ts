import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { judgedStep, judgedSteps } from '../../../test/support/judged-step.ts'
import { breakpointSchema, type Breakpoint, type BreakpointCondition } from '../domain/breakpoint.ts'
import { weaveIdSchema } from '../domain/identifiers.ts'
import type { Step } from '../domain/step.ts'
import { createBreakpointJudge, needsDetails, needsTwin } from './index.ts'

function breakpoint(condition: BreakpointCondition, options: Partial<Breakpoint> = {}): Breakpoint {
  return breakpointSchema.parse({ id: 'b', condition, ...options })
}

/** The indices of the steps that stop. */
function stopsOf(breakpoints: readonly Breakpoint[], steps: readonly Step[], generatedText = ''): number[] {
  const { judge } = createBreakpointJudge(breakpoints, { generatedText })
  return steps.filter((step) => judge(step, null).stoppedBy !== null).map(({ index }) => index)
}

const twin = { tokenId: 1, text: 'a', logprob: -1, kl: 0.2 }
const always: BreakpointCondition = { kind: 'always' }

describe('a breakpoint stops', () => {
  it.each<[BreakpointCondition, Partial<Step>, Partial<Step>]>([
    [{ kind: 'token', tokenId: 9, text: 'x' }, { tokenId: 9 }, { text: 'x' }],
    [{ kind: 'position', stepIndex: 4 }, { index: 4 }, { index: 5 }],
    [{ kind: 'candidate' }, { candidate: true }, {}],
    [{ kind: 'decision' }, { decision: 0 }, { candidate: true }],
    [{ kind: 'insertion' }, { weaveId: weaveIdSchema.parse('w') }, { decision: 0 }],
    [{ kind: 'twin-differs' }, { twin: { ...twin, tokenId: 2 } }, { twin }],
    [{ kind: 'text', text: 'a' }, {}, { text: '' }],
  ])('at %j where a step is %j, not where it is %j', (condition, met, unmet) => {
    expect(stopsOf([breakpoint(condition)], [judgedStep(met)])).toHaveLength(1)
    expect(stopsOf([breakpoint(condition)], [judgedStep(unmet)])).toEqual([])
  })

  it('at the step that completes its text, across tokens and across what was generated before', () => {
    expect(stopsOf([breakpoint({ kind: 'text', text: 'so:' })], judgedSteps(['And s', 'o', ': so', ':', ' so:', '.']))).toEqual([2, 3, 4])
    expect(stopsOf([breakpoint({ kind: 'text', text: 'the answer' })], judgedSteps(['ans', 'wer']), 'Now the ')).toEqual([1])
    expect(stopsOf([breakpoint({ kind: 'text', text: 'x'.repeat(5000) })], judgedSteps(Array.from({ length: 6 }, () => 'x'.repeat(1000))))).toEqual([4, 5])
  })

  it('wherever the whole text says so, however it is cut into tokens', () => {
    const letters = (minLength: number, maxLength: number): fc.Arbitrary<string> => fc.string({ unit: fc.constantFrom('a', 'b'), minLength, maxLength })
    fc.assert(
      fc.property(letters(1, 4), fc.array(letters(0, 3), { maxLength: 12 }), (wanted, texts) => {
        const expected = texts.flatMap((text, index) => {
          const before = texts.slice(0, index).join('').length
          const whole = texts.slice(0, index + 1).join('')
          const last = whole.lastIndexOf(wanted)
          return last !== -1 && last + wanted.length > before && text !== '' ? [index] : []
        })
        expect(stopsOf([breakpoint({ kind: 'text', text: wanted })], judgedSteps(texts))).toEqual(expected)
      }),
    )
  })

  it('only where its expression holds too', () => {
    const steps = [judgedStep({ index: 0, entropy: 4 }), judgedStep({ index: 1, entropy: 4, candidate: true }), judgedStep({ index: 2, candidate: true })]
    expect(stopsOf([breakpoint({ kind: 'candidate' }, { when: 'entropy > 3' })], steps)).toEqual([1])
    expect(stopsOf([breakpoint(always, { when: 'endsWith("ab")' })], judgedSteps(['a', 'b', 'b']))).toEqual([1])
  })

  it('from its hit count on, counted from the hits it already has', () => {
    const steps = judgedSteps(['a', 'a', 'a', 'a'])
    expect(stopsOf([breakpoint(always, { hitCount: 3 })], steps)).toEqual([2, 3])
    expect(stopsOf([breakpoint(always, { hitCount: 3, hits: 2 })], steps)).toEqual([0, 1, 2, 3])
  })

  it('not while it is disabled', () => {
    expect(stopsOf([breakpoint(always, { isEnabled: false })], judgedSteps(['a']))).toEqual([])
  })
})

describe('a judgement', () => {
  it('names the first breakpoint that stops, and counts the hits of all', () => {
    const { judge } = createBreakpointJudge([breakpoint({ kind: 'position', stepIndex: 1 }, { id: 'position' }), breakpoint(always, { id: 'always' }), breakpoint(always, { id: 'later', hitCount: 9, hits: 4 })])
    const [first, second] = judgedSteps(['a', 'a']).map((step) => judge(step, null))
    expect([first?.stoppedBy, second?.stoppedBy]).toEqual(['always', 'position'])
    expect(second?.hits).toEqual(new Map([['position', 1], ['always', 2], ['later', 6]]))
  })

  it('holds what a logpoint records and goes on', () => {
    const { judge } = createBreakpointJudge([breakpoint(always, { log: 'entropy * 2', hitCount: 2 })])
    const judgements = judgedSteps(['a', 'a']).map((step) => judge(step, null))
    expect(judgements.map(({ stoppedBy, logged }) => [stoppedBy, logged.get('b')])).toEqual([[null, undefined], [null, 2]])
  })

  it('reads the weave of the step', () => {
    const { judge } = createBreakpointJudge([breakpoint({ kind: 'insertion' }, { when: 'weave.maxNorm > 4' })])
    const weaveId = weaveIdSchema.parse('w')
    const step = judgedStep({ weaveId, decision: 1 })
    expect(judge(step, { id: weaveId, stepIndex: 0, kind: 'prompt', contextLength: 3, norms: [1, 5] }).stoppedBy).toBe('b')
  })

  it('wants the twin while a breakpoint asks for it and it does not run', () => {
    const asking = breakpoint(always, { when: 'kl > 1' })
    const { judge } = createBreakpointJudge([asking])
    expect([judge(judgedStep(), null).isTwinWanted, judge(judgedStep({ twin }), null).isTwinWanted]).toEqual([true, false])
    expect([needsTwin([asking]), needsTwin([breakpoint({ kind: 'twin-differs' })]), needsTwin([{ ...asking, isEnabled: false }]), needsTwin([breakpoint(always, { when: 'entropy > 1' })])]).toEqual([true, true, false, false])
  })
})

describe('a broken breakpoint', () => {
  it('never hits, is reported, and leaves the others alone', () => {
    const broken = breakpoint(always, { id: 'broken', when: 'pInvok > 0.7' })
    const numeric = breakpoint(always, { id: 'numeric', when: 'pInvoke' })
    const logging = breakpoint(always, { id: 'logging', log: 'rank(' })
    const { judge, broken: errors } = createBreakpointJudge([broken, numeric, logging, breakpoint(always)])
    expect([...errors.keys()]).toEqual(['broken', 'numeric', 'logging'])
    expect(errors.get('broken')?.message).toBe('There is no pInvok; did you mean pInvoke?')
    const { stoppedBy, hits } = judge(judgedStep(), null)
    expect([stoppedBy, [...hits.keys()]]).toEqual(['b', ['b']])
  })
})

it('says whether the columns of a trace are enough', () => {
  expect(needsDetails([breakpoint(always, { when: 'rank("x") > 1' })])).toBe(true)
  expect(needsDetails([breakpoint(always, { log: 'gateReason' })])).toBe(true)
  expect(needsDetails([breakpoint(always, { when: 'entropy > 1' })])).toBe(false)
})
