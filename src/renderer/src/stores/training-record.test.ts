/** @file What a page knows of a run, message by message. */
import { describe, expect, test } from 'vitest'
import type { TrainingEvent } from '../../../shared/domain/training-event.ts'
import type { TrainingMessage, TrainingRecord, TrainingRun } from '../../../shared/domain/training-run.ts'
import { applyTrainingMessages } from './training-record.ts'

// The reducer looks into no run beyond handing it on.
const runAt = (step: number) => ({ step, status: 'running' }) as TrainingRun
const emptyRecord: TrainingRecord = { run: runAt(0), steps: [], evaluations: [], samples: [], checkpoints: [], data: [], parameters: null, warnings: [] }
const record = (over: Partial<TrainingRecord> = {}): TrainingMessage => ({ kind: 'record', record: { ...emptyRecord, ...over } })
const told = (event: TrainingEvent, step = 0): TrainingMessage => ({ kind: 'event', event, run: runAt(step) })
const stepEvent = (step: number): TrainingEvent & { kind: 'step' } => ({ kind: 'step', step, epoch: 0, loss: 1, learningRate: 1, gradientNorm: 1, tokensPerSecond: 1, supervisedTokens: 1, elapsedMs: 1, grpo: null })
const stepsOf = (messages: readonly TrainingMessage[]) => applyTrainingMessages(null, messages)?.record.steps.map(({ step }) => step)

test('nothing is known before a record', () => {
  expect(applyTrainingMessages(null, [told(stepEvent(1))])).toBeNull()
})

test('a record replaces what was known, and events follow it', () => {
  expect(stepsOf([record({ steps: [stepEvent(1)] }), told(stepEvent(2)), record({ steps: [stepEvent(1), stepEvent(2)] }), told(stepEvent(3))])).toEqual([1, 2, 3])
})

test('what was handed out before stays as it was', () => {
  const before = applyTrainingMessages(null, [record()])
  applyTrainingMessages(before, [told(stepEvent(1))])
  expect(before?.record.steps).toEqual([])
})

test('a resumed attempt takes back the steps after its state', () => {
  expect(stepsOf([record({ steps: [1, 2, 3].map(stepEvent) }), told({ kind: 'started', fromStep: 1, totalSteps: 5, stepsPerEpoch: 2 }), told(stepEvent(2))])).toEqual([1, 2])
})

test('a new best checkpoint takes the title from the one before', () => {
  const checkpoint = (step: number): TrainingMessage => told({ kind: 'checkpoint', step, path: `c${step}`, isBest: true })
  expect(applyTrainingMessages(null, [record(), checkpoint(1), checkpoint(2)])?.record.checkpoints.map(({ isBest }) => isBest)).toEqual([false, true])
})

test('of the checkpoints that were the best when they were written, the last one still is', () => {
  const checkpoints = [true, true, false].map((isBest, index) => ({ step: index, path: `c${index}`, isBest }))
  expect(applyTrainingMessages(null, [record({ checkpoints })])?.record.checkpoints.map(({ isBest }) => isBest)).toEqual([false, true, false])
})

describe('progress', () => {
  const reading = told({ kind: 'progress', stage: 'reading data', fraction: null })

  test('is of the stretch under way', () => {
    expect(applyTrainingMessages(null, [record(), reading])?.progress).toEqual({ stage: 'reading data', fraction: null })
  })

  test('ends with the next step', () => {
    expect(applyTrainingMessages(null, [record(), reading, told(stepEvent(1))])?.progress).toBeNull()
  })
})

test('a failure keeps its step and tensor, and the run that came with it', () => {
  const watched = applyTrainingMessages(null, [record(), told({ kind: 'failed', step: 4, tensor: 'lm_head', message: 'NaN' }, 3)])
  expect(watched).toMatchObject({ failure: { step: 4, tensor: 'lm_head' }, record: { run: { step: 3 } } })
})
