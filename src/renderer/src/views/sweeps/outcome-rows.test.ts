/** @file Order and choice of a sweep's outcomes. */
import { expect, test } from 'vitest'
import type { SweepOutcome } from '../../../../shared/domain/sweep.ts'
import { arrangeOutcomes } from './outcome-rows.ts'

function outcome(candidates: number[], score: number | null, tokenCount = 1): SweepOutcome {
  return { candidates, score, tokenCount, text: '', insertionCount: candidates.length, candidateCount: 2, finish: 'eos', error: null }
}
const outcomes = [outcome([0, 1], 1, 5), outcome([1], null), outcome([], 0, 9), outcome([0], 1, 2)]
const subsets = (rows: SweepOutcome[]): string[] => rows.map(({ candidates }) => candidates.join('+'))

test('subsets stand with few candidates first', () => {
  expect(subsets(arrangeOutcomes(outcomes, 'all', { column: 'subset', isDescending: false }))).toEqual(['', '0', '1', '0+1'])
})

test('equal scores keep the order of subsets, and no score is below every score', () => {
  expect(subsets(arrangeOutcomes(outcomes, 'all', { column: 'score', isDescending: true }))).toEqual(['0', '0+1', '', '1'])
})

test('right and wrong leave out what was not scored', () => {
  const bySubset = { column: 'subset', isDescending: false } as const
  expect(subsets(arrangeOutcomes(outcomes, 'right', bySubset))).toEqual(['0', '0+1'])
  expect(subsets(arrangeOutcomes(outcomes, 'wrong', bySubset))).toEqual([''])
})

test('outcomes without any score have an order', () => {
  expect(subsets(arrangeOutcomes([outcome([1], null), outcome([0], null)], 'all', { column: 'score', isDescending: true }))).toEqual(['0', '1'])
})
