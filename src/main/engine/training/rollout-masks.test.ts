/** @file Rollouts end where they end. */
import { expect, test } from 'vitest'
import { endAtFirstEos, triggerSuperviseMask, weaverSuperviseMask } from './rollout-masks.ts'

const EOS = 9

test('after the first end of sequence nothing counts; the decision before it stays', () => {
  const row = { completionIds: [1, EOS, 2, EOS, 3], augmentationMask: [1, 0, 1, -100, 0] }
  expect(endAtFirstEos(row, EOS)).toEqual({
    completionIds: [1, EOS, EOS, EOS, EOS],
    completionMask: [1, 1, 0, 0, 0],
    augmentationMask: [1, 0, -100, -100, -100],
  })
})

test('a row without end of sequence counts to its last token', () => {
  const row = { completionIds: [1, 2], augmentationMask: [-100, 1] }
  expect(endAtFirstEos(row, EOS)).toEqual({ ...row, completionMask: [1, 1] })
  expect(endAtFirstEos({ completionIds: [], augmentationMask: [] }, EOS).completionMask).toEqual([])
})

test('the trigger learns where it was asked, whatever it decided', () => {
  expect(triggerSuperviseMask({ augmentationMask: [1, -100, 0] })).toEqual([1, 0, 1])
})

test('the weaver learns the targets of all passes, counted from the end of the prompt', () => {
  const passes = [
    { ids: [], insertions: [], targets: [{ position: 3, label: 1 }] },
    { ids: [], insertions: [], targets: [{ position: 5, label: 1 }] },
  ]
  expect(weaverSuperviseMask(passes, 3, 4)).toEqual([1, 0, 1, 0])
})
