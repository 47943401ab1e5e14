/** @file What is read out of a sweep's outcomes. */
import { expect, test } from 'vitest'
import type { SweepOutcome } from '../domain/sweep.ts'
import { sweepStatistics } from './sweep-statistics.ts'

function outcome(candidates: number[], score: number | null): SweepOutcome {
  return { candidates, score, text: '', tokenCount: 4, insertionCount: candidates.length, candidateCount: 2, finish: 'eos', error: null }
}

test('a candidate helps or harms by the pairs that differ in it alone', () => {
  const outcomes = [outcome([], 0), outcome([0], 1), outcome([1], 0), outcome([0, 1], 0)]
  const { effects } = sweepStatistics(outcomes, { candidateCount: 2, total: 4 })
  expect(effects).toEqual([
    { ordinal: 0, helped: 1, harmed: 0, same: 1, meanDifference: 0.5, aloneDifference: 1 },
    { ordinal: 1, helped: 0, harmed: 1, same: 1, meanDifference: -0.5, aloneDifference: 0 },
  ])
})

test('of equally good subsets the one with the least memory is named, with how many there are', () => {
  const outcomes = [outcome([0, 1], 1), outcome([1], 1), outcome([], 0), outcome([0], 0)]
  const { best, bestCount, worst, worstCount } = sweepStatistics(outcomes, { candidateCount: 2, total: 4 })
  expect([best?.candidates, bestCount, worst?.candidates, worstCount]).toEqual([[1], 2, [], 2])
})

test('outcomes without a score are left out of everything but completeness', () => {
  const statistics = sweepStatistics([outcome([], null), outcome([0], 1)], { candidateCount: 1, total: 2 })
  expect(statistics).toMatchObject({ scoredCount: 1, isComplete: true, best: { candidates: [0] }, effects: [{ helped: 0, meanDifference: null, aloneDifference: null }] })
})

test('a sweep that has not begun is not complete and has no best', () => {
  expect(sweepStatistics([], { candidateCount: 0, total: 0 })).toEqual({ scoredCount: 0, best: null, worst: null, bestCount: 0, worstCount: 0, effects: [], isComplete: false })
})
