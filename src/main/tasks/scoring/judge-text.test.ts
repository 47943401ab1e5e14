/** @file Texts are judged by each way to score, and whatever cannot be judged says why. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Scoring } from '../../../shared/domain/task.ts'
import { judgeText, type ScoringTarget } from './judge-text.ts'
import { checkPattern } from './regex-answer.ts'

const target = (solution: string | null, more: Partial<ScoringTarget> = {}): ScoringTarget => ({ solution, answers: [], extra: {}, ...more })

describe('judgeText', () => {
  test('math takes the first box of the text and the last of the solution, and shows both as they were compared', () => {
    const solution = target(String.raw`\boxed{9}, then \boxed{\frac12}`)
    expect(judgeText({ kind: 'math' }, solution, String.raw`\boxed{0.5} or \boxed{9}`)).toEqual({ reward: 1, error: null, extracted: String.raw`\frac{1}{2}`, expected: String.raw`\frac{1}{2}` })
    expect(judgeText({ kind: 'math' }, target('0.5'), String.raw`\boxed{\frac12}`)).toMatchObject({ reward: 1 })
    expect(judgeText({ kind: 'math' }, solution, 'one half')).toEqual({ reward: 0, error: null, extracted: null, expected: String.raw`\frac{1}{2}` })
  })

  test('boxed takes the last box, as text', () => {
    expect(judgeText({ kind: 'boxed' }, target(String.raw`\boxed{4}`), String.raw`\boxed{3}, no: \boxed{ 4 }`)).toEqual({ reward: 1, error: null, extracted: '4', expected: '4' })
    expect(judgeText({ kind: 'boxed' }, target('1/2'), String.raw`\boxed{0.5}`)).toMatchObject({ reward: 0, extracted: '0.5', expected: '1/2' })
  })

  test.each([
    String.raw`I put it in \boxed form: \boxed{4}`,
    String.raw`\boxed{4}, so the \boxed answer is four`,
    String.raw`\boxed {4}`,
    String.raw`so $\boxed 4$`,
  ])('boxed finds the box in %j', (text) => {
    expect(judgeText({ kind: 'boxed' }, target('4'), text)).toMatchObject({ reward: 1, extracted: '4' })
  })

  test('exact compares the whole text with every accepted answer', () => {
    expect(judgeText({ kind: 'exact', ignoresCase: true }, target('a', { answers: ['A cat', 'cat'] }), ' CAT\n')).toEqual({ reward: 1, error: null, extracted: 'cat', expected: 'a cat | cat' })
    expect(judgeText({ kind: 'exact', ignoresCase: false }, target('cat'), 'CAT')).toMatchObject({ reward: 0 })
  })

  test.each([
    [String.raw`A or B? \boxed{\text{C}}`, 'C'],
    [String.raw`\boxed{(b) because of A}`, 'B'],
    ['The answer is D.', 'D'],
    ['First A, but then (B)', 'B'],
    ['a cat, an A-list and CD', 'A'],
    ['nothing here is E', null],
    [String.raw`B, so \boxed{7}`, null],
    [String.raw`\boxed{C}. Such a \boxed answer is B`, 'C'],
  ])('choice finds in %j the letter %s', (text, letter) => {
    const judged = judgeText({ kind: 'choice' }, target('B', { extra: { options: ['1', '2', '3', '4'] } }), text)
    expect(judged).toEqual({ reward: letter === 'B' ? 1 : 0, error: null, extracted: letter, expected: 'B' })
  })

  test('regex takes the group of the last match, named or first, or all of it', () => {
    const find = (pattern: string) => judgeText({ kind: 'regex', pattern, flags: 'i' }, target('42'), 'answer: 41\nAnswer: 42 ').extracted
    expect([find('answer: (\\d+)'), find('(answer): (?<value>\\d+)'), find('\\d+'), find('none')]).toEqual(['42', '42', '42', null])
  })

  test('a pattern that would take years is stopped, and the sample says so', () => {
    const judged = judgeText({ kind: 'regex', pattern: '^(a+)+$', flags: '' }, target('x'), `${'a'.repeat(60)}!`)
    expect(judged).toEqual({ reward: null, error: expect.stringContaining('took longer than 1000 ms') as string, extracted: null, expected: 'x' })
  })

  test('without a solution nothing is judged, and without a scoring nothing is expected', () => {
    expect(judgeText({ kind: 'math' }, target(null), 'x')).toMatchObject({ reward: null, error: 'expected a sample with a solution, found none' })
    expect(judgeText({ kind: 'none' }, target(null), 'x')).toEqual({ reward: null, error: null, extracted: null, expected: null })
  })

  test('judges any text without throwing', () => {
    const pieces = fc.constantFrom(String.raw`\boxed{`, '}', '$', 'A', ' ', '4', String.raw`\frac`, String.raw`\boxed `, '\n')
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.array(pieces).map((parts) => parts.join('')))
    const scoring = fc.constantFrom<Scoring>({ kind: 'math' }, { kind: 'boxed' }, { kind: 'exact', ignoresCase: true }, { kind: 'choice' }, { kind: 'regex', pattern: '(.)', flags: 's' })
    fc.assert(
      fc.property(scoring, text, text, (scoring, text, solution) => {
        expect(judgeText(scoring, target(solution), text)).toMatchObject({ reward: expect.toBeOneOf([0, 1]) as number, error: null })
      }),
      { numRuns: 200 },
    )
  })
})

test.each([
  ['a(b', '', 'Unterminated group at character 2'],
  ['a**', '', 'Nothing to repeat at character 3'],
  ['x[z-a]', '', 'Range out of order in character class at character 5'],
  ['a', 'g', 'expected flags out of i, m, s, u and v, each once, found "g"'],
])('the pattern %s with flags "%s" is refused: %s', (pattern, flags, message) => {
  expect(() => checkPattern(pattern, flags)).toThrow(message)
})
