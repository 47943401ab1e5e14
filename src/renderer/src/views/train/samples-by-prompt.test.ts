/** @file Completions side by side with others of their prompt. */
import { expect, test } from 'vitest'
import { samplesByPrompt } from './samples-by-prompt.ts'

const sample = (sampleId: string, step: number) => ({ sampleId, step, prompt: `prompt of ${sampleId}`, completion: '', reward: null, rewardError: null, insertions: 0 })

test('the prompt with the most completions comes first, the newest of them on top', () => {
  const groups = samplesByPrompt([sample('a', 5), sample('b', 5), sample('b', 10)])
  expect(groups.map(({ sampleId, completions }) => [sampleId, completions.map(({ step }) => step)])).toEqual([['b', [10, 5]], ['a', [5]]])
})
