import { expect, it } from 'vitest'
import { sparkLine } from './spark-line.ts'

const pointsOf = (...values: (number | null)[]) => values.map((value, stepIndex) => ({ stepIndex, value }))

it('a small curve is open at gaps and shows a lonely value as a dot', () => {
  expect(sparkLine(pointsOf(1, 3, null, 2, null), 40, 10)).toEqual({ lines: 'M0.0 10.0L10.0 0.0', dots: 'M30.0 5.0h0', sentence: '1 to 3 over 5 steps, 2 without a value' })
})

it('a small curve of equal values lies in the middle, one of none is empty', () => {
  expect(sparkLine(pointsOf(2, 2), 40, 10).lines).toBe('M0.0 5.0L40.0 5.0')
  expect(sparkLine(pointsOf(null, null), 40, 10)).toEqual({ lines: '', dots: '', sentence: 'no value in the last 2 steps' })
})
