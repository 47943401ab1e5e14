/** @file Vectors against the embedding table: nearest entries with their texts, and means of many tokens. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { goldenLocation, loadModel } from '../../../../test/support/golden-model.ts'
import type { MemGenModel } from '../memgen/memgen-model.ts'
import { embeddingMeans, nearestEntries } from './vocabulary-questions.ts'

/** Sums of float32 numbers in another order. */
const DIGITS = 6

let model: MemGenModel
beforeAll(async () => {
  model = await loadModel(goldenLocation('qwen2'))
})
afterAll(async () => {
  await model.release()
})

function embeddingsOf(ids: readonly number[]): Promise<Float32Array> {
  return model.embeddings.inputsEmbeds({ ids, latents: new Float32Array(0) })
}

test('an embedding is nearest to its own token, whatever its length; vectors are answered in their order', async () => {
  const ids = Array.from({ length: 100 }, (_, index) => 33 + index)
  const data = (await embeddingsOf(ids)).map((value) => 3 * value)
  const found = await nearestEntries(model, { rows: ids.length, columns: model.config.hiddenSize, data }, 2)
  expect(found.map(([first]) => first?.tokenId)).toEqual(ids)
  expect(found[0]?.[0]).toMatchObject({ text: model.tokenizer.tokenText(33), cosine: expect.closeTo(1, DIGITS) as number })
  expect(found.every((entries) => entries.length === 2)).toBe(true)
})

test('no vectors have no neighbours; those of another width are refused', async () => {
  const { hiddenSize } = model.config
  expect(await nearestEntries(model, { rows: 0, columns: hiddenSize, data: new Float32Array(0) }, 3)).toEqual([])
  await expect(nearestEntries(model, { rows: 1, columns: 2, data: new Float32Array(2) }, 3)).rejects.toThrow(`embeddings of ${hiddenSize}`)
})

test('the mean of a list is that of its embeddings, also of more tokens than are read at once; of none it is no number', async () => {
  const { hiddenSize } = model.config
  const ids = Array.from({ length: 2500 }, (_, index) => index % 97)
  const { rows, columns, data } = await embeddingMeans(model, [Int32Array.of(40, 41), new Int32Array(0), Int32Array.from(ids)])
  expect([rows, columns]).toEqual([3, hiddenSize])
  const [first, second, all] = [await embeddingsOf([40]), await embeddingsOf([41]), await embeddingsOf(ids)]
  for (let column = 0; column < hiddenSize; column++) {
    const sum = ids.reduce((total, _, row) => total + (all[row * hiddenSize + column] ?? 0), 0)
    expect(data[column]).toBeCloseTo(((first[column] ?? 0) + (second[column] ?? 0)) / 2, DIGITS)
    expect(data[hiddenSize + column]).toBeNaN()
    expect(data[2 * hiddenSize + column]).toBeCloseTo(sum / ids.length, DIGITS)
  }
  await expect(embeddingMeans(model, [Int32Array.of(999_999)])).rejects.toThrow('outside the vocabulary')
})
