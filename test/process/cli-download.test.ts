/** @file `memgen download` as a process, against a hub on loopback: what it prints, and what a failure says. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type LocalHub, startLocalHub } from '../support/local-hub.ts'

const fakeMemgen = new URL('../support/fake-memgen.ts', import.meta.url).pathname
const content = Buffer.from('{"question": "2 and 2?", "answer": "Four.\\n#### 4"}\n')
let dir: string
let hub: LocalHub

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'memgen-download-'))
  hub = await startLocalHub({ repo: 'openai/gsm8k', files: { 'main/test.jsonl': { content, isLfs: true }, 'README.md': { content } } })
})

afterEach(async () => {
  await hub.close()
  rmSync(dir, { recursive: true })
})

function run(args: readonly string[], env: Record<string, string> = {}): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const all = { ...process.env, HF_ENDPOINT: hub.endpoint, HF_HOME: dir, HF_HUB_CACHE: '', MEMGEN_DATA_DIR: join(dir, 'data'), FAKE_RESOURCES_DIR: dir, FAKE_RENDERER_DIR: dir, ...env }
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [fakeMemgen, 'download', ...args], { env: all }, (_error, stdout, stderr) => resolve({ exitCode: child.exitCode ?? -1, stdout, stderr }))
  })
}

test('the paths of what was fetched are printed, and a second time nothing is asked for again', async () => {
  const first = await run(['openai/gsm8k'])
  expect(first).toMatchObject({ exitCode: 0, stderr: '' })
  expect(first.stdout).toBe(`${join(dir, 'hub/datasets--openai--gsm8k/snapshots', hub.commit, 'main/test.jsonl')}\n`)
  expect(readFileSync(first.stdout.trim()).equals(content)).toBe(true)
  expect(await run(['openai/gsm8k'])).toEqual(first)
  expect(hub.requests).toHaveLength(1)
})

test('a failure names the dataset and the reason', async () => {
  expect(await run(['openai/none'])).toMatchObject({ exitCode: 1, stdout: '', stderr: expect.stringContaining('memgen: openai/none: the hub answers 404') as string })
  expect(await run(['openai/gsm8k'], { HF_HUB_OFFLINE: '1' })).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('found HF_HUB_OFFLINE set') as string })
})
