/** @file The reader of cases takes any folder of the layout, also one that leaves things out or has more. Runs no model. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { findCaseDirectories, readGoldenCase } from '../support/golden-case.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'memgen-cases-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

function addCase(name: string, golden: unknown): string {
  const directory = join(folder, name)
  mkdirSync(directory)
  writeFileSync(join(directory, 'golden.json'), JSON.stringify(golden))
  return directory
}

const smallest = {
  directories: { reasoner: 'base', checkpoint: 'memgen' },
  requests: [{ id: 'r', options: { max_new_tokens: 2 }, rows: [{ prompt_ids: [1] }], expected: { new_ids: [[2, 3]] } }],
}

test('a folder of cases is searched for those with generation; training cases and loose files are passed over', () => {
  const directory = addCase('b', smallest)
  mkdirSync(join(folder, 'a'))
  writeFileSync(join(folder, 'a', 'train.json'), '{}')
  writeFileSync(join(folder, 'rewards.json'), '{}')
  expect(findCaseDirectories(folder)).toEqual([directory])
  expect(findCaseDirectories(directory)).toEqual([directory])
})

test('a case may leave out all that is only compared, and roles without a folder use the reasoner’s', () => {
  const golden = readGoldenCase(addCase('smallest', smallest))
  const base = join(golden.directory, 'base')
  expect(golden).toMatchObject({ name: 'smallest', location: { reasonerDir: base, weaverDir: base, triggerDir: base } })
  expect(golden.requests[0]?.expected.logits).toBeUndefined()
  expect(golden.tensor('r.logits')).toBeUndefined()
  expect(golden.tensor(undefined)).toBeUndefined()
})

test('fields and tensors that nobody knows are no obstacle', () => {
  const source = join(import.meta.dirname, 'qwen2')
  const known = JSON.parse(readFileSync(join(source, 'golden.json'), 'utf8')) as object
  const golden = readGoldenCase(addCase('more', { ...known, remark: ['new'], directories: { reasoner: 'base', weaver: 'w', trigger: 't', checkpoint: 'm' } }))
  expect(golden.requests).toEqual(readGoldenCase(source).requests)
  expect(golden.location).toMatchObject({ weaverDir: join(golden.directory, 'w'), triggerDir: join(golden.directory, 't') })
})

test('a request without its new ids is refused', () => {
  const [request] = smallest.requests
  expect(() => readGoldenCase(addCase('bad', { ...smallest, requests: [{ ...request, expected: {} }] }))).toThrow(/new_ids/)
})
