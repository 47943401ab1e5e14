/** @file Durations are short to read. */
import { expect, test } from 'vitest'
import { formatDuration } from './format-duration.ts'

test.each([[400, '0 s'], [45_000, '45 s'], [61_000, '1 min 1 s'], [720_000, '12 min'], [12_000_000, '3 h 20 min']])('%i ms is %s', (elapsedMs, text) => {
  expect(formatDuration(elapsedMs)).toBe(text)
})
