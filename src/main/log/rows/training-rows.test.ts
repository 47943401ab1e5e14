/** @file Rows of training tables hold what they were made of, whatever the numbers and texts. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { TrainingSample, TrainingStep } from '../../../shared/domain/training-event.ts'
import { sampleRowSchema, stepRowSchema, toSampleRow, toTrainingStepRow } from './training-rows.ts'

const attempt = { run_id: 'a', attempt: 1 }
/** Negative zero is recorded as zero. */
const real = fc.double().map((value) => value + 0)
const count = fc.nat()

const grpo = fc.record({
  rewardMean: real,
  rewardStd: real,
  advantageSpread: real,
  kl: fc.option(real),
  clipRatioLow: real,
  clipRatioHigh: real,
  clipRatioRegion: real,
  insertionsPerCompletion: real,
  completionLength: real,
  rewardFailures: count,
})
const steps: fc.Arbitrary<TrainingStep> = fc.record({
  step: count,
  epoch: real,
  loss: real,
  learningRate: real,
  gradientNorm: real,
  tokensPerSecond: real,
  supervisedTokens: count,
  elapsedMs: real,
  grpo: fc.option(grpo),
})
const text = fc.string({ unit: 'binary' })
const samples: fc.Arbitrary<TrainingSample> = fc.record({ step: count, sampleId: text, prompt: text, completion: text, reward: fc.option(real), rewardError: fc.option(text), insertions: count })

test('a step comes back as it was', () => {
  fc.assert(
    fc.property(steps, (step) => {
      expect(stepRowSchema.parse(toTrainingStepRow(attempt, step))).toEqual(step)
    }),
  )
})

test('a sample comes back as it was', () => {
  fc.assert(
    fc.property(samples, count, (sample, index) => {
      expect(sampleRowSchema.parse(toSampleRow(attempt, index, sample))).toEqual(sample)
    }),
  )
})

test('a row of half a GRPO step is refused', () => {
  const row = toTrainingStepRow(attempt, { step: 1, epoch: 0, loss: 0, learningRate: 0, gradientNorm: 0, tokensPerSecond: 0, supervisedTokens: 0, elapsedMs: 0, grpo: null })
  expect(stepRowSchema.safeParse({ ...row, reward_mean: 0.5 }).success).toBe(false)
})
