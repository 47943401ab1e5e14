/** @file Ids by how they begin, in a real log. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { newTrace } from '../../../test/support/recorded-trace.ts'
import { openLog } from './open-log.ts'

test('every id that begins so is found, and nothing else', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ids-'))
  const log = await openLog(join(folder, 'log.sqlite'))
  for (const id of ['3f2b8c1e', '3f2b9d00', '3f2c', '3F2B', '%', '3f2b😀']) await log.createTrace(newTrace(id))
  expect(await log.findIds('trace', '3f2b')).toEqual(['3f2b8c1e', '3f2b9d00', '3f2b😀'])
  expect(await log.findIds('trace', '3f2b9d00')).toEqual(['3f2b9d00'])
  expect(await log.findIds('trace', '%')).toEqual(['%'])
  expect(await log.findIds('run', '3f2b')).toEqual([])
  await log.close()
  rmSync(folder, { recursive: true })
})
