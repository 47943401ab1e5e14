import { describe, expect, it } from 'vitest'
import { failureModeSchema, type SampleResult } from '../../../shared/domain/evaluation.ts'
import { automaticVerdict, failureModeTitles, humanVerdict, isDisputed, normalizedVerdict, verdictThatCounts, type JudgedResult } from './verdicts.ts'

function judged(reward: number | null, isRight: boolean | null = null, texts: [string | null, string | null] = ['4', '4']): JudgedResult {
  return { judgement: { reward, error: null, extracted: texts[0], expected: texts[1] }, human: isRight === null ? null : ({ isRight, failureMode: null } satisfies SampleResult['human']), error: null }
}

describe('verdicts', () => {
  it('are right from a reward of 1 on, and none where nothing was judged', () => {
    expect([1, 0.5, 0, null].map((reward) => automaticVerdict(judged(reward)))).toEqual(['right', 'wrong', 'wrong', 'unjudged'])
  })

  it('compare normalized texts apart from the rule', () => {
    expect([judged(1, null, ['1/2', '0.5']), judged(0), judged(0, null, [null, '4'])].map(normalizedVerdict)).toEqual(['wrong', 'right', 'unjudged'])
  })

  it('are disputed where rule and person differ, not where one is silent', () => {
    expect([judged(1, false), judged(0, true), judged(1, true), judged(null, true), judged(0)].map(isDisputed)).toEqual([true, true, false, false, false])
  })

  it('let a person overrule only where that is wanted', () => {
    expect([true, false].map((uses) => verdictThatCounts(judged(1, false), uses))).toEqual(['wrong', 'right'])
    expect(verdictThatCounts(judged(1), true)).toBe('right')
    expect(humanVerdict({ human: { isRight: null, failureMode: 'planning' } })).toBe('unjudged')
  })

  it('have a title for every failure mode, in the order of the keys', () => {
    expect(Object.keys(failureModeTitles)).toEqual(failureModeSchema.options)
  })
})
