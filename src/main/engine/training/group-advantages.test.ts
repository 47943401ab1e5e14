/** @file Advantages within groups. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { advantageSpread, groupAdvantages } from './group-advantages.ts'

test('each group has its own mean and spread', () => {
  const { advantages, groups } = groupAdvantages([1, 3, 10, 10], { numGenerations: 2 })
  expect(groups).toEqual([
    { mean: 2, std: Math.SQRT2 },
    { mean: 10, std: 0 },
  ])
  expect(advantages[0]).toBeCloseTo(-1 / (Math.SQRT2 + 1e-4), 6)
  expect(advantages[1]).toBeCloseTo(1 / (Math.SQRT2 + 1e-4), 6)
  expect([...advantages.subarray(2)]).toEqual([0, 0])
})

test('without scaling the mean is subtracted, no more', () => {
  expect([...groupAdvantages([1, 3], { numGenerations: 2, scaleRewards: false }).advantages]).toEqual([-1, 1])
})

test('a rollout without reward is left out of its group and learns nothing', () => {
  const { advantages, groups } = groupAdvantages([1, null, 3, null, 5, null], { numGenerations: 3 })
  expect(groups).toEqual([
    { mean: 2, std: Math.SQRT2 },
    { mean: 5, std: 0 },
  ])
  expect([...advantages.subarray(3)]).toEqual([0, 0, 0])
  expect(advantages[1]).toBe(0)
  expect(groupAdvantages([null, null], { numGenerations: 2 }).groups).toEqual([{ mean: null, std: 0 }])
})

test('advantages of a group sum to nothing', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: 2, maxLength: 8 }), (rewards) => {
      const { advantages } = groupAdvantages(rewards, { numGenerations: rewards.length })
      expect(Math.abs(advantages.reduce((sum, value) => sum + value, 0))).toBeLessThan(1e-4)
    }),
  )
})

test('the spread is the mean over groups of what lies between best and worst', () => {
  expect(advantageSpread(Float32Array.of(-1, 1, 0, 0), 2)).toBe(1)
  expect(advantageSpread(new Float32Array(0), 2)).toBe(0)
})

test('rewards that are no whole groups are a bug of the caller', () => {
  expect(() => groupAdvantages([1, 2, 3], { numGenerations: 2 })).toThrow('no whole groups of 2')
})
