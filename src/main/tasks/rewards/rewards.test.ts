/** @file Rewards judge completions, and a sample that cannot be judged says why. What the reference answers is in test/golden. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { extractPythonCode } from './python-code.ts'
import { isRewardName, rewardFunctions, rewardNames, scoreCompletion, type RewardTarget } from './rewards.ts'
import { parseAction, preprocessAction } from './triviaqa.ts'

const target: RewardTarget = { id: 's1', solution: String.raw`2 + 2 = \boxed{4}`, answers: ['four'] }

describe('rewardFunctions', () => {
  test('boxed takes answers that are written differently for the same, exact does not', () => {
    const half = { ...target, solution: String.raw`\boxed{\frac{1}{2}}` }
    expect(rewardFunctions.boxed(String.raw`so \boxed{0.5}`, half)).toBe(1)
    expect(rewardFunctions.exact(String.raw`so \boxed{0.5}`, half)).toBe(0)
    expect(rewardFunctions.exact(String.raw`so \boxed{ \frac{1}{2} }`, half)).toBe(1)
  })

  test('exact compares with the whole solution where nothing in it is boxed', () => {
    expect(rewardFunctions.exact(String.raw`\boxed{4}`, { ...target, solution: ' 4\n' })).toBe(1)
    expect(rewardFunctions.exact('4', { ...target, solution: '4' })).toBe(0)
  })

  test('the first box of a completion counts', () => {
    expect(rewardFunctions.exact(String.raw`\boxed{3}, no, \boxed{4}`, target)).toBe(0)
    expect(rewardFunctions.exact(String.raw`\boxed{4} and \boxed{3}`, target)).toBe(1)
  })

  test('triviaqa looks for an answer in the tag', () => {
    expect(rewardFunctions.triviaqa('<answer>Four.</answer>', target)).toBe(1)
  })
})

describe('scoreCompletion', () => {
  test('says why a sample cannot be judged, and throws nothing', () => {
    expect(scoreCompletion(rewardFunctions.boxed, 'x', { ...target, solution: null })).toEqual({ error: 'sample s1: expected a sample with a solution, found none' })
    expect(scoreCompletion(rewardFunctions.boxed, 'x', { ...target, solution: '4' })).toEqual({ error: String.raw`sample s1: expected a solution with \boxed{...}, found none in it` })
    expect(scoreCompletion(rewardFunctions.triviaqa, 'x', { ...target, answers: [] })).toEqual({ error: 'sample s1: expected a sample with an answer, found none' })
    expect(scoreCompletion(() => Number.NaN, 'x', target)).toEqual({ error: 'sample s1: expected a finite reward, found NaN' })
  })

  test('judges any completion by any reward', () => {
    const pieces = fc.constantFrom(String.raw`\boxed`, String.raw`\boxed{`, '{', '}', '$', ' ', String.raw`\frac`, String.raw`\sqrt`, '4', '/', '=', String.raw`\text{ `, '<answer>', '</answer>')
    const completion = fc.oneof(fc.string({ unit: 'binary' }), fc.array(pieces).map((parts) => parts.join('')))
    fc.assert(
      fc.property(completion, fc.constantFrom(...rewardNames), (completion, name) => {
        const score = scoreCompletion(rewardFunctions[name], completion, target)
        expect('reward' in score && [0, 0.5, 1].includes(score.reward)).toBe(true)
      }),
    )
  })
})

test('rewards are known by name', () => {
  expect(['boxed', 'exact', 'triviaqa', 'math', 'toString'].map(isRewardName)).toEqual([true, true, true, false, false])
})

test('Python ends lines at line feeds only and knows white space that JavaScript does not', () => {
  expect(extractPythonCode('x\rimport os')).toEqual([])
  expect(extractPythonCode('x\nimport\u0085os')).toEqual(['import\u0085os'])
  expect(parseAction('<search>\u001Fq</search>')).toEqual({ kind: 'search', content: 'q' })
  expect(preprocessAction('</answer></search>x')).toBe('</answer></search>')
})
