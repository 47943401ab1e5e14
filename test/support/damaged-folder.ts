/** @file Copies of a folder with one thing changed, for tests of bad input. It does not know what should notice. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readSafetensorsHeader } from '../../src/main/engine/checkpoint/index.ts'

const folders: string[] = []

/** A copy of `source` that `change` may damage; `removeCopies` deletes it. */
export function changedCopy(source: string, change: (folder: string) => void): string {
  const folder = mkdtempSync(join(tmpdir(), 'memgen-changed-'))
  folders.push(folder)
  cpSync(source, folder, { recursive: true })
  change(folder)
  return folder
}

/** Also where a test has removed one itself. */
export function removeCopies(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
}

/** Overwrites numbers of a float32 tensor, all of them unless `range` says otherwise. */
export function overwriteTensor(path: string, tensorName: string, value: number, range?: { start: number; end: number }): void {
  const entry = readSafetensorsHeader(path).entries.get(tensorName)
  if (entry === undefined) throw new Error(`${path} has no ${tensorName}`)
  const bytes = readFileSync(path)
  const { start, end } = range ?? { start: 0, end: entry.byteLength / 4 }
  for (let index = start; index < end; index++) bytes.writeFloatLE(value, entry.byteOffset + 4 * index)
  writeFileSync(path, bytes)
}

/** Sets fields of a JSON file. */
export function patchJson(path: string, fields: Readonly<Record<string, unknown>>): void {
  writeFileSync(path, JSON.stringify({ ...(JSON.parse(readFileSync(path, 'utf8')) as object), ...fields }))
}
