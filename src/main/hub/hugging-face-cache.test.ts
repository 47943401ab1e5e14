/** @file The cache is listed as huggingface_hub lays it out. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { huggingFaceCacheDir, listCachedModels } from './hugging-face-cache.ts'

const OLD = 'a'.repeat(40)
const NEW = 'f'.repeat(40)

let cache: string

beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'memgen-cache-'))
})

afterEach(() => rmSync(cache, { recursive: true }))

function write(path: string, content: string): void {
  mkdirSync(dirname(join(cache, path)), { recursive: true })
  writeFileSync(join(cache, path), content)
}

/** As downloads leave it: the snapshot's file is a link to a blob. */
function writeSnapshot(repository: string, commit: string): void {
  write(`${repository}/blobs/${commit}-config`, '{}')
  mkdirSync(join(cache, repository, 'snapshots', commit), { recursive: true })
  symlinkSync(`../../blobs/${commit}-config`, join(cache, repository, 'snapshots', commit, 'config.json'))
}

describe('listCachedModels', () => {
  it('lists every snapshot with its refs, the one of main first', async () => {
    writeSnapshot('models--Qwen--Qwen2.5-0.5B', OLD)
    writeSnapshot('models--Qwen--Qwen2.5-0.5B', NEW)
    write('models--Qwen--Qwen2.5-0.5B/refs/main', NEW)
    write('models--Qwen--Qwen2.5-0.5B/refs/v1', `${OLD}\n`)
    write('models--Qwen--Qwen2.5-0.5B/refs/refs/pr/1', OLD)
    writeSnapshot('models--gpt2', OLD)
    const directory = (repository: string, commit: string) => join(cache, repository, 'snapshots', commit)
    expect(await listCachedModels(cache)).toEqual([
      { repo: 'Qwen/Qwen2.5-0.5B', revision: NEW, refs: ['main'], directory: directory('models--Qwen--Qwen2.5-0.5B', NEW) },
      { repo: 'Qwen/Qwen2.5-0.5B', revision: OLD, refs: ['refs/pr/1', 'v1'], directory: directory('models--Qwen--Qwen2.5-0.5B', OLD) },
      { repo: 'gpt2', revision: OLD, refs: [], directory: directory('models--gpt2', OLD) },
    ])
  })

  it('passes over data sets, lock folders, stray files and repositories without a snapshot', async () => {
    writeSnapshot('datasets--openai--gsm8k', OLD)
    write('models--half--done/refs/main', OLD)
    write('.locks/models--half--done/x.lock', '')
    write('version.txt', '1')
    expect(await listCachedModels(cache)).toEqual([])
  })

  it('finds nothing in a cache that does not exist', async () => {
    expect(await listCachedModels(join(cache, 'missing'))).toEqual([])
  })
})

describe('huggingFaceCacheDir', () => {
  it.each([
    [{}, '/home/ada/.cache/huggingface/hub'],
    [{ XDG_CACHE_HOME: '/xdg' }, '/xdg/huggingface/hub'],
    [{ HF_HOME: '/hf', XDG_CACHE_HOME: '/xdg' }, '/hf/hub'],
    [{ HF_HOME: '~/hf' }, '/home/ada/hf/hub'],
    [{ HF_HUB_CACHE: '/hub', HF_HOME: '/hf' }, '/hub'],
    [{ HF_HUB_CACHE: '', HF_HOME: '' }, '/home/ada/.cache/huggingface/hub'],
  ])('for %j is %s', (env, expected) => {
    expect(huggingFaceCacheDir(env, '/home/ada')).toBe(join(expected))
  })
})
