/** @file Datasets come from a hub on loopback into the cache as huggingface_hub lays it out, whatever happens on the way. */
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type LocalHub, type LocalHubOptions, startLocalHub } from '../../../test/support/local-hub.ts'
import { listCachedDataset, listCachedRevisions } from './cached-dataset.ts'
import { downloadDataset, DownloadError, type DownloadProgress } from './download-dataset.ts'
import type { HubSettings } from './hub-settings.ts'

const repo = 'openai/gsm8k'
const small = Buffer.from('{"question": "a"}\n')
const large = Buffer.alloc(3 * 2 ** 20, 'parquet')
const files = { 'README.md': { content: Buffer.from('# x') }, 'data/test.jsonl': { content: small }, 'main/test-00000-of-00001.parquet': { content: large, isLfs: true } }
const largeName = 'main/test-00000-of-00001.parquet'
const largeBlob = createHash('sha256').update(large).digest('hex')

let cacheDir: string
let hub: LocalHub | null = null

beforeEach(() => {
  cacheDir = mkdtempSync(join(tmpdir(), 'memgen-hub-'))
})

afterEach(async () => {
  await hub?.close()
  hub = null
  rmSync(cacheDir, { recursive: true })
})

async function serve(options: Partial<LocalHubOptions> = {}): Promise<LocalHub> {
  hub = await startLocalHub({ repo, files, ...options })
  return hub
}

async function download(settings: Partial<HubSettings> = {}, more: { revision?: string; signal?: AbortSignal; onProgress?: (progress: DownloadProgress) => void } = {}): Promise<DownloadProgress[]> {
  const all: DownloadProgress[] = []
  const full = { cacheDir, endpoint: hub?.endpoint ?? 'http://127.0.0.1:9', isOffline: false, token: null, ...settings }
  for await (const progress of downloadDataset(repo, more.revision ?? 'main', { isWanted: (name) => !name.endsWith('.md'), settings: full, signal: more.signal })) {
    all.push(progress)
    more.onProgress?.(progress)
  }
  return all
}

const folder = () => join(cacheDir, 'datasets--openai--gsm8k')
const failure = (promise: Promise<unknown>) => promise.then(() => null, (error: unknown) => error)

test('the wanted files come with their progress, and lie as huggingface_hub would have put them', async () => {
  const { commit } = await serve()
  const progress = await download()
  expect(progress.filter(({ file }) => file === largeName).map(({ doneBytes }) => doneBytes)).toEqual(expect.arrayContaining([0, large.length]))
  expect(progress.at(-1)).toEqual({ file: largeName, doneBytes: large.length, totalBytes: large.length })
  expect(readFileSync(join(folder(), 'refs/main'), 'utf8')).toBe(commit)
  expect(readlinkSync(join(folder(), 'snapshots', commit, largeName))).toBe(`../../../blobs/${largeBlob}`)
  expect(await listCachedRevisions(repo, cacheDir)).toEqual([{ revision: 'main', files: ['data/test.jsonl', largeName] }])
  const cached = await listCachedDataset(repo, 'main', cacheDir)
  expect(cached.map(({ path }) => readFileSync(path).equals(small) || readFileSync(path).equals(large))).toEqual([true, true])
  expect(await listCachedDataset(repo, commit, cacheDir)).toEqual(cached)
})

test('what is there already is not fetched again', async () => {
  const { requests } = await serve()
  await download()
  const asked = requests.length
  expect(await download()).toEqual([
    { file: 'data/test.jsonl', doneBytes: small.length, totalBytes: small.length },
    { file: largeName, doneBytes: large.length, totalBytes: large.length },
  ])
  expect(requests).toHaveLength(asked)
})

test('a download that was cut off goes on where it stopped, and no name points to it before', async () => {
  const server = await serve({ files: { [largeName]: files[largeName] } })
  server.cutNext(2 ** 20)
  expect(await failure(download())).toMatchObject({ name: 'DownloadError', repo, file: largeName })
  expect(existsSync(join(folder(), 'refs/main'))).toBe(false)
  expect(await listCachedDataset(repo, 'main', cacheDir)).toEqual([])
  await download()
  const [first, second] = server.requests
  expect(first!.range).toBeNull()
  expect(second!.range).toMatch(/^bytes=[1-9]\d*-$/)
  expect(readFileSync(join(folder(), 'blobs', largeBlob)).equals(large)).toBe(true)
  expect(readdirSync(join(folder(), 'blobs'))).toEqual([largeBlob])
})

test('whoever stops a download gets their reason, and what arrived is kept', async () => {
  await serve({ files: { [largeName]: files[largeName] } })
  const controller = new AbortController()
  const stop = ({ doneBytes }: DownloadProgress) => {
    if (doneBytes > 0) controller.abort(new Error('enough'))
  }
  await expect(download({}, { signal: controller.signal, onProgress: stop })).rejects.toThrow('enough')
  expect(readdirSync(join(folder(), 'blobs'))).toEqual([`${largeBlob}.incomplete`])
})

test.each([['data/test.jsonl'], [largeName]])('a wrong checksum of %s is an error, and the file is removed', async (name) => {
  await serve({ files: { [name]: files[name as keyof typeof files] }, wrongChecksumOf: name })
  const error = await failure(download())
  expect(error).toBeInstanceOf(DownloadError)
  expect(error).toMatchObject({ file: name, message: expect.stringMatching(/checksum .*removed/) as string })
  expect(readdirSync(join(folder(), 'blobs'))).toEqual([])
})

test('offline nobody is asked, and what is cached is still listed', async () => {
  const server = await serve()
  await download()
  const asked = server.requests.length
  await expect(download({ isOffline: true })).rejects.toThrow('openai/gsm8k: expected to be online, found HF_HUB_OFFLINE set')
  expect(server.requests).toHaveLength(asked)
  expect(await listCachedDataset(repo, 'main', cacheDir)).toHaveLength(2)
})

test('a hub that cannot be reached is named with the reason', async () => {
  await expect(download()).rejects.toThrow(/^openai\/gsm8k: fetch failed \(.+\)$/)
})

test('a restricted dataset says what to do, and the token opens it without reaching the server that stores large files', async () => {
  const { requests } = await serve({ token: 'hf_secret' })
  await expect(download()).rejects.toThrow("the hub refuses access (401); accept the dataset's terms")
  await download({ token: 'hf_secret' })
  expect(requests).toMatchObject([
    { path: 'data/test.jsonl', authorization: 'Bearer hf_secret' },
    { path: largeName, authorization: null },
  ])
})

test.each(['../../../etc/passwd.jsonl', '/etc/passwd.jsonl', 'a/../../x.jsonl', String.raw`a\..\x.jsonl`])('a repository whose file is called %s is refused', async (name) => {
  await serve({ files: { [name]: { content: small } } })
  await expect(download()).rejects.toThrow('expected files inside the repository')
})

test.each(['..', 'a/../b', '/abs', ''])('the revision %j is refused', async (revision) => {
  await serve()
  await expect(download({}, { revision })).rejects.toThrow('expected a branch, a tag or a commit')
})
