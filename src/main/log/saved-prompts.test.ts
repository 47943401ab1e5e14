/** @file Kept prompts come back as they were, and go to the trash, not away. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { SavedPrompt } from '../../shared/domain/saved-prompt.ts'
import type { ExperimentLog } from './experiment-log.ts'
import { openLog } from './open-log.ts'

let folder: string
let path: string
let clock: number
let log: ExperimentLog

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'memgen-log-'))
  path = join(folder, 'log.sqlite')
  clock = 1_000
  log = await openLog(path, { now: () => clock })
})

afterEach(async () => {
  await log.close()
  rmSync(folder, { recursive: true })
})

const sum: Pick<SavedPrompt, 'title' | 'prompt' | 'reference'> = {
  title: 'Sum \ud800',
  prompt: { kind: 'messages', messages: [{ role: 'system', content: 'Count.\0' }, { role: 'user', content: '2 + 3' }] },
  reference: '5',
}
const poem: typeof sum = { title: 'Poem', prompt: { kind: 'text', text: 'Żółw' }, reference: null }

it('are kept over a restart, newest first', async () => {
  const first = await log.prompts.save(sum)
  clock += 1
  const second = await log.prompts.save(poem)
  expect(first).toEqual({ ...sum, id: first.id, createdAt: 1_000 })
  await log.close()
  log = await openLog(path)
  expect(await log.prompts.list()).toEqual([second, first])
})

it('of the same content are two', async () => {
  await log.prompts.save(poem)
  await log.prompts.save(poem)
  expect(new Set((await log.prompts.list()).map(({ id }) => id)).size).toBe(2)
})

it('that are removed are flagged and no longer listed', async () => {
  const { id } = await log.prompts.save(sum)
  const kept = await log.prompts.save(poem)
  clock = 2_000
  expect(await log.prompts.remove(id)).toBe(true)
  expect(await log.prompts.remove(id)).toBe(false)
  expect(await log.prompts.remove('nowhere')).toBe(false)
  expect(await log.prompts.list()).toEqual([kept])
  const database = new Database(path, { readonly: true })
  expect(database.prepare('select trashed_at from saved_prompt where id = ?').pluck().get(id)).toBe(2_000)
  database.close()
})

it('that are damaged are named', async () => {
  const { id } = await log.prompts.save(sum)
  const database = new Database(path)
  database.exec("update saved_prompt set messages = '[]'")
  database.close()
  await expect(log.prompts.list()).rejects.toMatchObject({ name: 'LogRowError', table: 'saved_prompt', id, column: 'messages' })
})
