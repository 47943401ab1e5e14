/** @file Epochs are complete, seeded, and can be entered anywhere. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { epochBatches, planBatches } from './batches.ts'

const lengths = Array.from({ length: 23 }, (_, index) => (index * 7) % 40)
const options = { seed: 3, batchSize: 4, numTrainEpochs: 2 }

function sorted(batches: readonly (readonly number[])[]): number[] {
  return batches.flat().toSorted((a, b) => a - b)
}

test('an epoch takes every row once, whatever the sizes', () => {
  const rows = fc.array(fc.nat({ max: 50 }), { minLength: 1, maxLength: 300 })
  fc.assert(
    fc.property(rows, fc.integer({ min: 1, max: 9 }), fc.boolean(), (lengths, batchSize, bucketByLength) => {
      const batches = epochBatches(lengths, 1, { seed: 5, batchSize, bucketByLength })
      expect(sorted(batches)).toEqual([...lengths.keys()])
      expect(batches.filter(({ length }) => length !== batchSize).length).toBeLessThanOrEqual(1)
    }),
  )
})

test('epochs have orders of their own, and a seed gives the same ones again', () => {
  expect(epochBatches(lengths, 0, options)).toEqual(epochBatches(lengths, 0, options))
  expect(epochBatches(lengths, 0, options)).not.toEqual(epochBatches(lengths, 1, options))
  expect(epochBatches(lengths, 0, options)).not.toEqual(epochBatches(lengths, 0, { ...options, seed: 4 }))
})

test('rows of like length share a batch, and batches do not come by length', () => {
  const batches = epochBatches(lengths, 0, { ...options, bucketByLength: true })
  const shortest = batches.map((batch) => Math.min(...batch.map((row) => lengths[row]!)))
  const longest = batches.map((batch) => Math.max(...batch.map((row) => lengths[row]!)))
  const spread = longest.reduce((sum, length, index) => sum + length - shortest[index]!, 0)
  // In order of length, batches lie side by side and their spreads add up to no more than the whole range.
  expect(spread).toBeLessThanOrEqual(Math.max(...lengths) - Math.min(...lengths))
  expect(shortest).not.toEqual(shortest.toSorted((a, b) => a - b))
})

test('a plan can be entered at any step', () => {
  const whole = planBatches(lengths, options)
  const inOrder = Array.from({ length: whole.totalSteps }, (_, step) => whole.batchesOf(step))
  expect(planBatches(lengths, options).batchesOf(9)).toEqual(inOrder[9])
  expect(whole.batchesOf(2)).toEqual(inOrder[2])
  expect(sorted(inOrder.slice(0, whole.stepsPerEpoch).flat())).toEqual([...lengths.keys()])
})

test('steps take several batches, the last of an epoch what is left', () => {
  const plan = planBatches(lengths, { ...options, gradientAccumulationSteps: 4 })
  expect(plan.stepsPerEpoch).toBe(2)
  expect(plan.totalSteps).toBe(4)
  expect([0, 1, 2, 3].map((step) => plan.batchesOf(step).length)).toEqual([4, 2, 4, 2])
})

test('a fraction of an epoch rounds up to whole steps, and a number of steps overrides epochs', () => {
  expect(planBatches(lengths, { ...options, numTrainEpochs: 0.5 }).totalSteps).toBe(3)
  expect(planBatches(lengths, { ...options, maxSteps: 17 }).totalSteps).toBe(17)
})

test('an incomplete batch can be left out; rows for not even one are refused', () => {
  const plan = planBatches(lengths, { ...options, dropLast: true })
  expect(plan.stepsPerEpoch).toBe(5)
  expect(sorted(Array.from({ length: 5 }, (_, step) => plan.batchesOf(step)).flat())).toHaveLength(20)
  expect(() => planBatches(lengths.slice(0, 3), { ...options, dropLast: true })).toThrow('expected rows for a batch of 4, found 3')
  expect(() => planBatches([], options)).toThrow(RangeError)
})
