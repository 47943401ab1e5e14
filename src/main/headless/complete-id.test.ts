/** @file Ids that were typed by their beginning. */
import { expect, test } from 'vitest'
import { completeId } from './complete-id.ts'

const ids = ['3f2b8c1e-1', '3f2b9d00-2', '3f2b9d00-22']
const log = { findIds: (_kind: string, beginning: string) => Promise.resolve(ids.filter((id) => id.startsWith(beginning))) }

test('the one id that begins so is meant, and a whole id is itself although another goes on from it', async () => {
  expect(await completeId(log, 'trace', '3f2b8')).toBe('3f2b8c1e-1')
  expect(await completeId(log, 'trace', '3f2b9d00-2')).toBe('3f2b9d00-2')
})

test('what nothing begins with is left for whoever looks it up, and so is nothing', async () => {
  expect(await completeId(log, 'trace', 'ffff')).toBe('ffff')
  expect(await completeId({ findIds: () => Promise.resolve(['only']) }, 'trace', '')).toBe('')
})

test('where several begin so, they are named', async () => {
  await expect(completeId(log, 'run', '3f2b9')).rejects.toThrow("3f2b9: expected the beginning of one run's id, found 3f2b9d00-2, 3f2b9d00-22")
})
