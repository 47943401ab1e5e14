/** @file The hub's settings come from the variables that all Hugging Face tools read. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readHubSettings } from './hub-settings.ts'

let home: string

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'memgen-home-'))
})

afterEach(() => rmSync(home, { recursive: true }))

test('without variables it is the public hub, online, as nobody', async () => {
  expect(await readHubSettings({}, home)).toEqual({ cacheDir: join(home, '.cache/huggingface/hub'), endpoint: 'https://huggingface.co', isOffline: false, token: null })
})

test('endpoint, offline mode and token are taken from their variables', async () => {
  const env = { HF_ENDPOINT: 'https://mirror.example/', HF_HUB_OFFLINE: 'true', HF_TOKEN: ' hf_a\n', HF_HUB_CACHE: '/hub' }
  expect(await readHubSettings(env, home)).toEqual({ cacheDir: '/hub', endpoint: 'https://mirror.example', isOffline: true, token: 'hf_a' })
  expect(await readHubSettings({ HF_HUB_OFFLINE: '0', HF_ENDPOINT: '' }, home)).toMatchObject({ isOffline: false, endpoint: 'https://huggingface.co' })
})

test('the token of a login is found in the home of all Hugging Face tools, wherever the cache is', async () => {
  mkdirSync(join(home, '.cache/huggingface'), { recursive: true })
  writeFileSync(join(home, '.cache/huggingface/token'), 'hf_b\n')
  writeFileSync(join(home, 'token'), 'hf_c')
  expect(await readHubSettings({ HF_HUB_CACHE: '/hub' }, home)).toMatchObject({ token: 'hf_b' })
  expect(await readHubSettings({ HF_HOME: home }, home)).toMatchObject({ token: 'hf_c' })
  expect(await readHubSettings({ HF_TOKEN_PATH: join(home, 'token') }, home)).toMatchObject({ token: 'hf_c' })
})
