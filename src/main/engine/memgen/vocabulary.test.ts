/** @file Norms and nearest rows of the embedding table against a naive computation, for float32 and bfloat16 tables. */
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { changedCopy, overwriteTensor, removeCopies } from '../../../../test/support/damaged-folder.ts'
import { goldenLocation } from '../../../../test/support/golden-model.ts'
import { readBaseModel, readTensor } from '../checkpoint/index.ts'
import { euclideanNorms, Vocabulary } from './vocabulary.ts'

const TABLE = 'model.embed_tokens.weight'
/** Sums in float32 over the hidden size. */
const DIGITS = 4

afterAll(removeCopies)

interface Opened {
  readonly vocabulary: Vocabulary
  readonly hiddenSize: number
  /** [vocab][hidden] */
  readonly table: readonly (readonly number[])[]
}

async function open(directory: string): Promise<Opened> {
  const { config, weights } = readBaseModel(directory)
  const location = weights.tensors.get(TABLE)
  if (location === undefined) throw new Error(`${directory} has no ${TABLE}`)
  const { data } = readTensor(location)
  const { hiddenSize, vocabSize } = config
  const table = Array.from({ length: vocabSize }, (_, row) => [...data.subarray(row * hiddenSize, (row + 1) * hiddenSize)])
  return { vocabulary: await Vocabulary.create(config, weights.tensors), hiddenSize, table }
}

function norm(vector: readonly number[]): number {
  return Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0))
}

function naiveNearest({ table }: Opened, vector: readonly number[], count: number): { tokenId: number; cosine: number }[] {
  return table
    .map((row, tokenId) => {
      const product = row.reduce((sum, value, column) => sum + value * (vector[column] ?? NaN), 0)
      return { tokenId, cosine: product === 0 ? 0 : product / norm(row) / norm(vector) }
    })
    .sort((a, b) => b.cosine - a.cosine || a.tokenId - b.tokenId)
    .slice(0, count)
}

function expectNearest(actual: readonly { tokenId: number; cosine: number }[] | undefined, expected: readonly { tokenId: number; cosine: number }[]): void {
  expect(actual?.map(({ tokenId }) => tokenId)).toEqual(expected.map(({ tokenId }) => tokenId))
  for (const [index, { cosine }] of expected.entries()) expect(actual?.[index]?.cosine).toBeCloseTo(cosine, DIGITS)
}

test.each(['qwen2', 'llama'] as const)('norms and nearest rows of %s are those of a naive computation', async (name) => {
  const opened = await open(goldenLocation(name).reasonerDir)
  const { vocabulary, table, hiddenSize } = opened
  const sorted = table.map(norm).sort((a, b) => a - b)
  for (const [index, quantile] of [0, 0.05, 0.25, 0.5, 0.75, 0.95, 1].entries()) {
    expect(vocabulary.normQuantiles[index]).toBeCloseTo(sorted[Math.round(quantile * (sorted.length - 1))] ?? NaN, DIGITS)
  }
  const vectors = Array.from({ length: 3 }, (_, row) => Array.from({ length: hiddenSize }, (_, column) => Math.sin(row * 100 + column)))
  const nearest = await vocabulary.nearest(Float32Array.from(vectors.flat()), 5)
  for (const [row, vector] of vectors.entries()) expectNearest(nearest[row], naiveNearest(opened, vector, 5))
  await vocabulary.release()
})

test('a row of the table is nearest to itself, however long it is made', async () => {
  const { vocabulary, table } = await open(goldenLocation('llama').reasonerDir)
  const [[first] = []] = await vocabulary.nearest(Float32Array.from((table[17] ?? []).map((value) => value * 1000)), 1)
  expect(first?.tokenId).toBe(17)
  expect(first?.cosine).toBeCloseTo(1, DIGITS)
  await vocabulary.release()
})

test('rows of zeros have cosine 0, and so has everything to a latent of zeros', async () => {
  const { hiddenSize: width } = readBaseModel(goldenLocation('qwen2').reasonerDir).config
  const folder = changedCopy(goldenLocation('qwen2').reasonerDir, (copy) => {
    overwriteTensor(join(copy, 'model.safetensors'), TABLE, 0, { start: 3 * width, end: 4 * width })
  })
  const { vocabulary, table, hiddenSize } = await open(folder)
  expect(vocabulary.normQuantiles[0]).toBe(0)
  const [all = []] = await vocabulary.nearest(Float32Array.from(table[5] ?? []), table.length)
  expect(all.find(({ tokenId }) => tokenId === 3)?.cosine).toBe(0)
  const [ofZero = []] = await vocabulary.nearest(new Float32Array(hiddenSize), 3)
  expect(ofZero.map(({ cosine }) => cosine)).toEqual([0, 0, 0])
  await vocabulary.release()
})

test('euclideanNorms takes rows of the given width', () => {
  expect(euclideanNorms(Float32Array.of(3, 4, 0, 0, 5, 12), 2)).toEqual([5, 0, 13])
})
