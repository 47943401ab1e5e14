/** @file Side files are written once, found again, and written anew where they do not fit; what they hold is what the graphs compute with. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { changedCopy, overwriteTensor, removeCopies } from '../../../../test/support/damaged-folder.ts'
import { goldenLocation } from '../../../../test/support/golden-model.ts'
import { CheckpointFormatError, readBaseModel } from '../checkpoint/index.ts'
import { quantizedFilePath, quantizedWeights, type QuantizableBase } from './quantized-weights.ts'

const source = goldenLocation('qwen2').reasonerDir
const folders: string[] = []
let weightsDir: string
beforeEach(() => {
  weightsDir = mkdtempSync(join(tmpdir(), 'quantized-'))
  folders.push(weightsDir)
})
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true })
  removeCopies()
})

function open(directory: string): QuantizableBase {
  const { config, weights } = readBaseModel(directory)
  return { config, locations: weights.tensors }
}

/** Whether asking for the weights wrote them. */
async function isWritten(base: QuantizableBase, precision: 'q8' | 'q4' = 'q8'): Promise<boolean> {
  const fractions: number[] = []
  await quantizedWeights(base, precision, weightsDir, { onProgress: (fraction) => fractions.push(fraction) })
  return fractions.at(-1) === 1
}

/** What lies in the folder beside the marks of who uses it. */
function sideFiles(): string[] {
  return readdirSync(weightsDir).filter((name) => name !== 'in-use').sort()
}

test('two models with one base share the file of each precision', async () => {
  expect(await isWritten(open(source))).toBe(true)
  expect(await isWritten(open(source))).toBe(false)
  expect(await isWritten(open(source), 'q4')).toBe(true)
  expect(sideFiles()).toEqual([...['q4', 'q8'].map((end) => expect.stringMatching(new RegExp(`^base-[0-9a-f]{16}\\.${end}\\.safetensors$`)) as unknown)])
})

test('bases in other places have files of their own', async () => {
  await isWritten(open(source))
  expect(await isWritten(open(changedCopy(source, () => undefined)))).toBe(true)
  expect(sideFiles()).toHaveLength(2)
})

test('a base that has changed takes the place of its old file', async () => {
  const copy = changedCopy(source, () => undefined)
  await isWritten(open(copy))
  utimesSync(join(copy, 'model.safetensors'), 1, 1)
  expect(await isWritten(open(copy))).toBe(true)
  expect(await isWritten(open(copy))).toBe(false)
  expect(sideFiles()).toHaveLength(1)
})

test('the file of a base that is gone goes when another is written and the process that used it has ended', async () => {
  const copy = changedCopy(source, () => undefined)
  await isWritten(open(copy))
  const [used] = sideFiles()
  rmSync(copy, { recursive: true })
  await isWritten(open(source), 'q4')
  expect(sideFiles()).toContain(used) // this process may have it mapped
  rmSync(join(weightsDir, 'in-use', `${used}.${process.pid}`))
  await isWritten(open(source), 'q8')
  expect(sideFiles()).not.toContain(used)
  expect(sideFiles()).toHaveLength(2)
})

describe('a damaged file is written again', () => {
  test.each([
    ['cut short', (path: string) => truncateSync(path, statSync(path).size - 1)],
    ['with other bytes at its start', (path: string) => writeFileSync(path, Buffer.concat([Buffer.alloc(64), readFileSync(path).subarray(64)]))],
    ['emptied', (path: string) => truncateSync(path)],
    ['of another version', (path: string) => writeFileSync(path, readFileSync(path, 'latin1').replace(/"version":"\d+"/, '"version":"0"'), 'latin1')],
  ])('%s', async (_, damage) => {
    const base = open(source)
    await isWritten(base)
    const path = quantizedFilePath(base, 'q8', weightsDir)
    const whole = readFileSync(path)
    damage(path)
    expect(await isWritten(base)).toBe(true)
    expect(readFileSync(path).equals(whole)).toBe(true)
  })
})

test('without a folder the file is removed when the model is', async () => {
  const { path, release } = await quantizedWeights(open(source), 'q4', null)
  expect(existsSync(path)).toBe(true)
  await release()
  expect(existsSync(join(path, '..'))).toBe(false)
})

test('a file that cannot be written is named, and nothing is left of it', async () => {
  const blocked = join(weightsDir, 'a-file')
  writeFileSync(blocked, '')
  const refused = quantizedWeights(open(source), 'q8', join(blocked, 'weights'))
  await expect(refused).rejects.toThrow(CheckpointFormatError)
  await expect(refused).rejects.toThrow(/a-file\/weights\/base-.*quantised weights cannot be written/)
  expect(readdirSync(weightsDir)).toEqual(['a-file'])
})

test('weights that are NaN are refused with their tensor, and nothing is left', async () => {
  const tensor = 'model.layers.1.mlp.up_proj.weight'
  const copy = changedCopy(source, (folder) => overwriteTensor(join(folder, 'model.safetensors'), tensor, NaN, { start: 5, end: 6 }))
  await expect(quantizedWeights(open(copy), 'q8', weightsDir)).rejects.toThrow(/model\.safetensors, tensor "model\.layers\.1\.mlp\.up_proj\.weight": holds NaN/)
  expect(readdirSync(weightsDir)).toEqual([])
})
