/** @file Categories of points: every point is in one, and the counts say how many. */
import { expect, test } from 'vitest'
import { evaluationRunIdSchema } from '../../../shared/domain/experiment-ids.ts'
import { latentPointsSchema, type LatentPoints } from '../../../shared/domain/latent-lab.ts'
import { pointCategories, pointColourings } from './point-categories.ts'

const points: LatentPoints = latentPointsSchema.parse({
  x: Float32Array.of(0, 1, 2, 3),
  y: new Float32Array(4),
  runIds: ['a', 'b'].map((id) => evaluationRunIdSchema.parse(id)),
  run: Int32Array.of(0, 0, 1, 1),
  sampleIds: ['s'],
  sample: new Int32Array(4),
  repeat: new Int32Array(4),
  turn: new Int32Array(4),
  stepIndex: Int32Array.of(0, 0, 0, 90),
  kind: Int32Array.of(0, 1, 1, 1),
  latent: new Int32Array(4).fill(-1),
  tasks: ['gsm8k'],
  task: new Int32Array(4),
  reward: Float32Array.of(1, 0, Number.NaN, 0.5),
  norm: Float32Array.of(1, 2, 3, 4),
  totalCount: 4,
  explainedVariance: null,
  hiddenSize: 2,
})

test.each(pointColourings)('by %s every point has a category that is listed', (by) => {
  const { labels, index, counts } = pointCategories(points, by, Int32Array.of(0, 1, 0, 1), ['one', 'two'])
  expect(index).toHaveLength(4)
  expect(index.every((category) => category >= 0 && category < labels.length)).toBe(true)
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(4)
})

test('outcomes tell right, wrong and not judged apart', () => {
  expect([...pointCategories(points, 'outcome', null, []).index]).toEqual([1, 0, 2, 0])
})

test('a quantity is cut into bins of its own values, however unequal they are', () => {
  expect(pointCategories(points, 'step', null, [])).toMatchObject({ labels: ['0 – 90', '90 – 90'], counts: [3, 1], isOrdered: true })
  expect(pointCategories(points, 'norm', null, []).counts.every((count) => count <= 2)).toBe(true)
})

test('clusters of other points colour nothing', () => {
  expect(pointCategories(points, 'cluster', Int32Array.of(1), []).labels).toEqual(['not clustered'])
})
