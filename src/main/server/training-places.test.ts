/** @file Where a training's models and files lie, and a folder of its own for each run. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openTrainingPlaces } from './training-places.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'memgen-places-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const open = () => openTrainingPlaces({ folder, outputRoot: join(folder, 'training'), cacheDir: join(folder, 'hub'), now: () => Date.UTC(2026, 0, 2, 3, 4, 5) })

test('a model is a folder, or what the Hugging Face cache holds under that name, or none', async () => {
  const snapshot = join(folder, 'hub', 'models--Qwen--Qwen2.5-0.5B', 'snapshots', 'a'.repeat(40))
  mkdirSync(snapshot, { recursive: true })
  mkdirSync(join(folder, 'base'))
  const { findModel } = await open()
  expect(findModel('base')).toBe(join(folder, 'base'))
  expect(findModel('Qwen/Qwen2.5-0.5B')).toBe(snapshot)
  expect(findModel('Qwen/Qwen3-8B')).toBeNull()
})

test('a run gets a folder that no other has', async () => {
  const { defaultOutputDirectory } = await open()
  const run = { stage: 'weaver', model: { reasonerDir: '/models/base' }, dataset: { trainFile: '/data/train.v1.jsonl' } } as const
  const first = defaultOutputDirectory(run)
  expect(first).toBe(join(folder, 'training', 'train.v1', 'base', 'weaver_20260102-030405'))
  mkdirSync(first, { recursive: true })
  expect(defaultOutputDirectory(run)).toBe(`${first}-2`)
})
