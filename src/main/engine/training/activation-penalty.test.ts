/** @file The price of an activation is set by rollouts that do well. */
import { expect, test } from 'vitest'
import { penalizeActivations } from './activation-penalty.ts'

test('activations cost what those of good rollouts leave of 1', () => {
  // The median is 0.5: the last two set the price, with rates 1/2 and 0.
  const { rewards, targetRate } = penalizeActivations([0, 0, 1, 1], [[1, 1], [0, 0, 0], [1, 0], [0, 0]], 0.1)
  expect(targetRate).toBe(0.25)
  expect(rewards).toEqual([0 - 0.1 * 1.5, 0, 1 - 0.1 * 0.75, 1])
})

test('where good rollouts activate everywhere, activations are free', () => {
  expect(penalizeActivations([1, 1], [[1, 1], [1]], 0.5)).toEqual({ rewards: [1, 1], targetRate: 1 })
})

test('probabilities count by what they exceed the rate', () => {
  const { rewards, targetRate } = penalizeActivations([1], [[0.2, 0.6]], 1)
  expect(targetRate).toBeCloseTo(0.4, 12)
  expect(rewards[0]).toBeCloseTo(0.8, 12)
})

test('a rollout without reward sets no price and keeps none', () => {
  expect(penalizeActivations([null, 1], [[1], [0]], 1)).toEqual({ rewards: [null, 1], targetRate: 0 })
})

test('without any good rollout that was asked, rewards stay', () => {
  expect(penalizeActivations([1, 0], [[], [1]], 1)).toEqual({ rewards: [1, 0], targetRate: null })
  expect(penalizeActivations([null], [[1]], 1)).toEqual({ rewards: [null], targetRate: null })
})
