/** @file A folder in which writers were killed at each of their steps. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { clearLeftovers } from './leftovers.ts'

function folderWith(...names: string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'memgen-leftovers-'))
  for (const name of names) {
    mkdirSync(join(folder, name))
    writeFileSync(join(folder, name, 'model.bin'), name)
  }
  return folder
}

test('half-written files and folders are removed, and nothing else', () => {
  const folder = folderWith('checkpoint-2', 'checkpoint-4.77.partial', 'notes.77.partial', '77.previous')
  writeFileSync(join(folder, 'training-state.safetensors'), 'state')
  writeFileSync(join(folder, 'training-state.safetensors.78.partial'), 'sta')
  clearLeftovers(folder, (name) => name !== 'notes')
  expect(readdirSync(folder).sort()).toEqual(['77.previous', 'checkpoint-2', 'notes.77.partial', 'training-state.safetensors'])
})

test('a folder that was to be replaced comes back where its successor is not there', () => {
  const between = folderWith('final.77.partial', 'final.77.previous')
  clearLeftovers(between, () => true)
  expect(readdirSync(between)).toEqual(['final'])
  expect(readFileSync(join(between, 'final', 'model.bin'), 'utf8')).toBe('final.77.previous')
  const after = folderWith('final', 'final.77.previous')
  clearLeftovers(after, () => true)
  expect(readdirSync(after)).toEqual(['final'])
  expect(readFileSync(join(after, 'final', 'model.bin'), 'utf8')).toBe('final')
})
