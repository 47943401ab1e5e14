/** @file Of a known repository only the files of its task are fetched. */
import { expect, test } from 'vitest'
import { isNeededFile } from './needed-files.ts'

test.each([
  ['openai/gsm8k', 'main/test-00000-of-00001.parquet', true],
  ['openai/gsm8k', 'socratic/test-00000-of-00001.parquet', false],
  ['mandarjoshi/trivia_qa', 'rc.wikipedia.nocontext/validation-00000-of-00001.parquet', true],
  ['mandarjoshi/trivia_qa', 'rc/train-00000-of-00026.parquet', false],
  ['Idavidrein/gpqa', 'gpqa_diamond.csv', true],
  ['Idavidrein/gpqa', 'gpqa_extended.csv', false],
  ['EleutherAI/hendrycks_math', 'algebra/test-00000-of-00001.parquet', true],
  ['KodCode/KodCode-Light-RL-10K', 'data/train-00000-of-00001.parquet', true],
  ['somebody/else', 'anything.jsonl', true],
  ['somebody/else', 'README.md', false],
])('of %s, %s: %s', (repo, name, isNeeded) => {
  expect(isNeededFile(repo, name)).toBe(isNeeded)
})
