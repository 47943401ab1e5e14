/** @file A sweep put together from its events. */
import { expect, test } from 'vitest'
import { runConfigSchema } from '../../../shared/domain/run-config.ts'
import { sweepSchema, type SweepEvent, type SweepOutcome } from '../../../shared/domain/sweep.ts'
import { applySweepEvents, remainingMs } from './sweep-record.ts'

const sweep = sweepSchema.parse({
  id: 's',
  request: { modelId: 'm', prompt: { kind: 'text', text: 'a' }, config: runConfigSchema.parse({}) },
  modelName: 'tiny',
  status: 'running',
  error: null,
  candidateCount: 1,
  candidateLabels: ['a'],
  total: 2,
  done: 0,
  createdAt: 1,
  updatedAt: 1,
})

function outcome(...candidates: number[]): SweepOutcome {
  return { candidates, text: '', tokenCount: 1, insertionCount: 0, candidateCount: 1, finish: 'eos', error: null, score: null }
}
const told = (...candidates: number[]): SweepEvent => ({ kind: 'outcome', outcome: outcome(...candidates) })

test('outcomes are counted once, however often they are told', () => {
  const first = applySweepEvents(null, [{ kind: 'sweep', sweep }, told()])
  const again = applySweepEvents(first, [{ kind: 'sweep', sweep }, told(), told(0)])
  expect(again?.outcomes).toEqual([outcome(), outcome(0)])
  expect(again?.sweep.done).toBe(2)
})

test('outcomes before the sweep is known are nothing', () => {
  expect(applySweepEvents(null, [told()])).toBeNull()
})

test('the rest takes as long as what was seen to be done', () => {
  const mark = { done: 4, at: 1000 }
  expect(remainingMs(mark, { done: 4, total: 16 }, 5000)).toBeNull()
  expect(remainingMs(mark, { done: 8, total: 16 }, 3000)).toBe(4000)
})
