/** @file Which roles share one base in memory, on real folders of both layouts. Opens no session. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { planModel } from '../../src/main/engine/memgen/model-plan.ts'
import type { ModelLocation } from '../../src/shared/domain/model.ts'
import { readGoldenCase } from '../support/golden-case.ts'

const testDir = join(import.meta.dirname, '..')
const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

async function rolesByBase(location: ModelLocation): Promise<string[][]> {
  const { bases } = await planModel(location)
  return bases.map(({ roles }) => [...roles])
}

/** A copy of a model folder with other fields in its config.json. */
function copyOf(source: string, fields: Readonly<Record<string, unknown>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'memgen-plan-'))
  folders.push(folder)
  cpSync(source, folder, { recursive: true })
  const path = join(folder, 'config.json')
  writeFileSync(path, JSON.stringify({ ...(JSON.parse(readFileSync(path, 'utf8')) as object), ...fields }))
  return folder
}

test('three roles on one folder share one base', async () => {
  const { location } = readGoldenCase(join(testDir, 'golden/qwen2'))
  expect(await rolesByBase(location)).toEqual([['reasoner', 'weaver', 'trigger']])
})

test('a copy of the folder is the same base, unless its configuration computes something else', async () => {
  const { location } = readGoldenCase(join(testDir, 'golden/qwen2'))
  const { reasonerDir } = location
  const copied = { ...location, weaverDir: copyOf(reasonerDir, { torch_dtype: null }), triggerDir: copyOf(reasonerDir, { rope_theta: 500 }) }
  expect(await rolesByBase(copied)).toEqual([['reasoner', 'weaver'], ['trigger']])
})

test('the three equal copies in an earlier checkpoint share one base', async () => {
  const { location } = readGoldenCase(join(testDir, 'golden/seed_variant'))
  expect(await rolesByBase(location)).toEqual([['reasoner', 'weaver', 'trigger']])
})

test.each(['cases/earlier_three_bases', 'cases/qwen3_three_bases'])('roles of %s with other base models have bases of their own', async (name) => {
  const { location } = readGoldenCase(join(testDir, name))
  expect(await rolesByBase(location)).toEqual([['reasoner'], ['weaver'], ['trigger']])
})
