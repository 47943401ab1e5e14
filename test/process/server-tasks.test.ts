/** @file The RPC room `tasks` from end to end: what there is, a look at samples and columns, and a download from a hub on loopback. */
import { createRouterClient } from '@orpc/server'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { forkEngine } from '../../src/main/engine-host/index.ts'
import { createApp, type App } from '../../src/main/server/index.ts'
import { taskNameSchema } from '../../src/shared/domain/task.ts'
import { startLocalHub } from '../support/local-hub.ts'

const fakeEngine = new URL('../support/fake-engine.ts', import.meta.url).pathname
const resourcesDir = fileURLToPath(new URL('../../resources', import.meta.url))
let dir: string
let app: App
const clientOf = ({ router, context }: App) => createRouterClient(router, { context }).tasks

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'memgen-app-'))
  vi.stubEnv('HF_HUB_CACHE', join(dir, 'hub'))
  vi.stubEnv('HF_ENDPOINT', 'http://127.0.0.1:9')
  app = await createApp({ dataDir: dir, resourcesDir, shell: 'browser', startEngine: () => forkEngine(fakeEngine) })
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await app.dispose()
  rmSync(dir, { recursive: true })
})

test('every task is described, and code says what protects the machine from it', async () => {
  const { tasks } = await clientOf(app).list()
  expect(tasks.map(({ name }) => name).sort()).toEqual([...taskNameSchema.options].sort())
  expect(tasks.filter(({ protection }) => protection !== null).map(({ name }) => name)).toEqual(['kodcode'])
})

test('samples are shown as they would be asked, with the stamp of their files', async () => {
  const { dataset, samples } = await clientOf(app).preview({ task: { name: 'demo-new', source: { kind: 'bundled' }, shuffleSeed: 3 }, count: 2 })
  expect(samples).toHaveLength(2)
  expect(dataset).toMatchObject({ sampleCount: 500, files: [{ path: join(resourcesDir, 'demo-model/tasks/new-test.jsonl') }] })
})

test('columns of a file are shown, and what is none is refused with its place', async () => {
  const path = join(dir, 'own.csv')
  writeFileSync(path, 'q,a\n1,2\n')
  expect(await clientOf(app).columns({ path })).toEqual({ columns: ['q', 'a'], rows: [{ q: '1', a: '2' }] })
  writeFileSync(path, 'q,q\n1,2\n')
  await expect(clientOf(app).columns({ path })).rejects.toMatchObject({ code: 'DATASET_INVALID', status: 422, data: { path, row: 1, field: 'q' } })
})

test('a repository is fetched, listed as cached, and read', async () => {
  const tasks = clientOf(app)
  const repo = 'openai/gsm8k'
  const task = { name: 'gsm8k', source: { kind: 'hub', repo } } as const
  await expect(tasks.preview({ task })).rejects.toMatchObject({ code: 'DATASET_INVALID', data: { path: 'openai/gsm8k@main', row: null, field: null } })
  const content = Buffer.from('{"question": "2 and 2?", "answer": "Four.\\n#### 4"}\n')
  const hub = await startLocalHub({ repo, files: { 'main/test.jsonl': { content }, 'socratic/test.jsonl': { content } } })
  vi.stubEnv('HF_ENDPOINT', hub.endpoint)
  const files = new Set<string>()
  for await (const { file } of await tasks.download({ repo })) files.add(file)
  await hub.close()
  expect([...files]).toEqual(['main/test.jsonl'])
  expect(await tasks.cached({ repo })).toEqual({ revisions: [{ revision: 'main', files: ['main/test.jsonl'] }] })
  const { samples } = await tasks.preview({ task })
  expect(samples).toMatchObject([{ id: 'row-1', solution: String.raw`Four.\boxed{4}` }])
})

test('a failed download arrives as its code, with the file that failed', async () => {
  const progress = await clientOf(app).download({ repo: 'openai/gsm8k' })
  await expect(progress.next()).rejects.toMatchObject({ code: 'DOWNLOAD_FAILED', status: 502, data: { repo: 'openai/gsm8k', file: null } })
})
