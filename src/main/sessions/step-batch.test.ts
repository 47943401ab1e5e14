/** @file When steps are handed over, on a clock that the test moves. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { plainStep } from '../../../test/support/recorded-trace.ts'
import { StepBatch } from './step-batch.ts'

const INTERVAL_MS = 32
let batches: number[][]
let batch: StepBatch
const add = (...indices: readonly number[]): void => {
  for (const index of indices) addTogether(index)
}
const addTogether = (...indices: readonly number[]): void => batch.add(indices.map((index) => ({ step: plainStep(index), weave: null })))

beforeEach(() => {
  vi.useFakeTimers()
  batches = []
  batch = new StepBatch((steps) => batches.push(steps.map(({ step }) => step.index)), { maxSteps: 4 })
})
afterEach(() => {
  vi.useRealTimers()
})

test('a step that comes alone is handed over at once', () => {
  add(0)
  vi.advanceTimersByTime(INTERVAL_MS)
  add(1)
  expect(batches).toEqual([[0], [1]])
})

test('steps that follow within the interval wait for its end and go together, in order', () => {
  add(0, 1, 2)
  expect(batches).toEqual([[0]])
  vi.advanceTimersByTime(INTERVAL_MS)
  expect(batches).toEqual([[0], [1, 2]])
  add(3)
  vi.advanceTimersByTime(INTERVAL_MS)
  expect(batches).toEqual([[0], [1, 2], [3]])
})

test('steps that come together go together', () => {
  addTogether(0, 1, 2)
  expect(batches).toEqual([[0, 1, 2]])
  addTogether(3, 4, 5, 6, 7)
  expect(batches).toEqual([[0, 1, 2], [3, 4, 5, 6]])
  vi.advanceTimersByTime(INTERVAL_MS)
  expect(batches).toEqual([[0, 1, 2], [3, 4, 5, 6], [7]])
})

test('what waits is handed over early when asked, and once', () => {
  add(0, 1, 2)
  batch.flush()
  batch.flush()
  vi.advanceTimersByTime(INTERVAL_MS)
  expect(batches).toEqual([[0], [1, 2]])
})

test('a batch never holds more steps than it may', () => {
  add(0, 1, 2, 3, 4, 5)
  expect(batches).toEqual([[0], [1, 2, 3, 4]])
})
