import { expect, test } from 'vitest'
import { formatOfPath } from './format-extensions.ts'

test.each([
  ['results.csv', 'csv'],
  ['folder.csv/results.JSONL', 'jsonl'],
  ['for-a-colleague.memgen.zip', 'bundle'],
  ['for-a-colleague.zip', 'bundle'],
  ['results', null],
  ['runs.csv/tensorboard', null],
  ['results.txt', null],
])('%s speaks of %s', (path, format) => {
  expect(formatOfPath(path)).toBe(format)
})
