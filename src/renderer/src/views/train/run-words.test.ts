/** @file What a run's state is called. */
import { expect, test } from 'vitest'
import type { TrainingRun, TrainingStatus } from '../../../../shared/domain/training-run.ts'
import { progressLine, runFraction, situationLine } from './run-words.ts'

// The words look at these fields only.
const run = (status: TrainingStatus, over: Partial<TrainingRun> = {}) => ({ status, step: 12, totalSteps: 30, remainingMs: 45_000, lastCheckpoint: { step: 10, path: '/runs/a/10', isBest: false }, ...over }) as TrainingRun

test('the time left is told only while the run goes', () => {
  expect(progressLine(run('running'))).toBe('step 12 of 30 · 45 s left')
  expect(progressLine(run('paused'))).toBe('step 12 of 30')
  expect(progressLine(run('queued', { step: 0, totalSteps: null }))).toBe('')
})

test('a share is told only where the plan is known', () => {
  expect([runFraction({ step: 15, totalSteps: 30 }), runFraction({ step: 0, totalSteps: null })]).toEqual([0.5, null])
})

test('an interrupted run says what was kept', () => {
  expect(situationLine(run('interrupted'), null)).toContain('last checkpoint is of step 10')
  expect(situationLine(run('failed', { lastCheckpoint: null }), null)).toBe('No checkpoint was written yet.')
})

test('a running one says what is under way', () => {
  expect(situationLine(run('running'), { stage: 'reading data', fraction: 0.5 })).toBe('Reading data, 50 %')
  expect(situationLine(run('running'), { stage: 'reading data', fraction: null })).toBe('Reading data…')
})
