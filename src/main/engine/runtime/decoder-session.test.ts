/** @file The forward pass gives the same numbers however its rows are batched, cut and adapted. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { goldenLocation } from '../../../../test/support/golden-model.ts'
import { readBaseModel } from '../checkpoint/index.ts'
import type { AdapterModule } from './adapter-feeds.ts'
import { DecoderSession, type RowOutput } from './decoder-session.ts'
import type { RowInput } from './ragged-batch.ts'

/** Another shape of run sums the same products in another order. */
const TOLERANCE = 1e-5
/** More than two of the chunks that one run takes. */
const LONG = 1100
const MODULE = 'layers.1.self_attn.q_proj'

const base = readBaseModel(goldenLocation('qwen2').reasonerDir)
const { hiddenSize, vocabSize } = base.config

let session: DecoderSession
beforeAll(async () => {
  session = await DecoderSession.create(base.config, base.weights.tensors, {
    device: 'cpu',
    threads: 1,
    hasHead: true,
    loraModules: new Set([MODULE]),
  })
})
afterAll(async () => {
  await session.release()
})

/** Made-up but fixed token ids. */
function tokens(length: number, seed: number): number[] {
  return Array.from({ length }, (_, index) => (index * index * 7 + index * 13 + seed * 31) % vocabSize)
}

function rowInput(row: number, ids: readonly number[], start = 0, options: Partial<RowInput> = {}): RowInput {
  return { row, ids, positions: ids.map((_, index) => start + index), wantLogits: true, hiddenStates: 1, ...options }
}

async function forward(inputs: readonly RowInput[], options: { rowCount?: number; adapter?: ReadonlyMap<string, AdapterModule> } = {}): Promise<RowOutput[]> {
  const cache = session.newCache(options.rowCount ?? inputs.length)
  return session.forward(cache, session.adapterFeeds(options.adapter ?? new Map()), inputs)
}

type Numbers = Pick<RowOutput, 'logits' | 'hiddenStates'>

function expectClose(actual: Numbers | undefined, expected: Numbers | undefined): void {
  for (const part of ['logits', 'hiddenStates'] as const) {
    const [left, right] = [actual?.[part], expected?.[part]]
    expect(left?.length).toBe(right?.length)
    const largest = Math.max(...(left ?? []).map((value, index) => Math.abs(value - (right?.[index] ?? NaN))))
    expect(largest).toBeLessThan(TOLERANCE)
  }
}

test('a long prompt in one call equals the same prompt fed in pieces', async () => {
  const ids = tokens(LONG, 1)
  const [whole] = await forward([rowInput(0, ids)])
  const cache = session.newCache(1)
  let last: RowOutput | undefined
  for (const [start, end] of [[0, 1], [1, 700], [700, 1099], [1099, LONG]] as const) {
    ;[last] = await session.forward(cache, session.adapterFeeds(new Map()), [rowInput(0, ids.slice(start, end), start)])
  }
  expect(cache.length(0)).toBe(LONG)
  expectClose(last, whole)
})

test('hidden states wanted across the borders of runs come back in order', async () => {
  const ids = tokens(LONG, 2)
  const [output] = await forward([rowInput(0, ids, 0, { hiddenStates: 600 })])
  expect(output?.hiddenStates).toHaveLength(600 * hiddenSize)
  const [last] = await forward([rowInput(0, ids)])
  expectClose(last, output && { logits: output.logits, hiddenStates: output.hiddenStates.slice(-hiddenSize) })
  // The first of the 600 is the last state of the prompt that ends there.
  const [first] = await forward([rowInput(0, ids.slice(0, LONG - 599))])
  const state = output?.hiddenStates.slice(0, hiddenSize) ?? new Float32Array(0)
  expectClose(first, first && { logits: first.logits, hiddenStates: state })
})

test('ragged rows together equal each row alone, in the order they were asked in', async () => {
  const rows = [tokens(9, 1), tokens(23, 2), tokens(1, 3), tokens(14, 4)]
  const order = [2, 0, 3, 1]
  const together = await forward(order.map((row) => rowInput(row, rows[row] ?? [])), { rowCount: 4 })
  for (const [place, row] of order.entries()) {
    const [alone] = await forward([rowInput(0, rows[row] ?? [])])
    expectClose(together[place], alone)
  }
})

test('ragged rows that are longer than one run equal each row alone', async () => {
  const rows = [tokens(LONG, 5), tokens(LONG - 20, 6)]
  const together = await forward(rows.map((ids, row) => rowInput(row, ids)))
  for (const [row, ids] of rows.entries()) expectClose(together[row], (await forward([rowInput(0, ids)]))[0])
})

test('a row decoded beside longer ones equals the row alone', async () => {
  const adapter = session.adapterFeeds(new Map())
  const [short, long] = [tokens(5, 7), tokens(90, 8)]
  const cache = session.newCache(2)
  await session.forward(cache, adapter, [rowInput(0, short), rowInput(1, long)])
  const [next] = await session.forward(cache, adapter, [rowInput(0, [3], 5), rowInput(1, [4], 90)])
  const [alone] = await forward([rowInput(0, [...short, 3])])
  expectClose(next, alone)
})

test('hidden positions leave no trace in what follows', async () => {
  const ids = tokens(12, 9)
  const isHidden = ids.map((_, index) => index % 3 === 1)
  let position = 0
  const positions = isHidden.map((hidden) => (hidden ? 0 : position++))
  const [masked] = await forward([{ row: 0, ids, positions, hidden: isHidden, wantLogits: true, hiddenStates: 1 }])
  const [removed] = await forward([rowInput(0, ids.filter((_, index) => isHidden[index] === false))])
  expectClose(masked, removed)
})

test('an adapter of rank 0, or with B of zeros, is no adapter, and any other changes the result', async () => {
  const ids = tokens(16, 10)
  const a = Float32Array.from({ length: 2 * hiddenSize }, (_, index) => Math.sin(index))
  const module = (b: Float32Array): Map<string, AdapterModule> => new Map([[MODULE, { rank: 2, a, b }]])
  const [without] = await forward([rowInput(0, ids)])
  const [zero] = await forward([rowInput(0, ids)], { adapter: module(new Float32Array(hiddenSize * 2)) })
  expectClose(zero, without)
  const [adapted] = await forward([rowInput(0, ids)], { adapter: module(new Float32Array(hiddenSize * 2).fill(0.5)) })
  expect(() => {
    expectClose(adapted, without)
  }).toThrow()

  const plain = await DecoderSession.create(base.config, base.weights.tensors, { device: 'cpu', threads: 1, hasHead: true, loraModules: new Set() })
  const [bare] = await plain.forward(plain.newCache(1), plain.adapterFeeds(new Map()), [rowInput(0, ids)])
  expectClose(without, bare)
  await plain.release()
})

test('a session without head gives hidden states alone', async () => {
  const headless = await DecoderSession.create(base.config, base.weights.tensors, { device: 'cpu', threads: 1, hasHead: false, loraModules: new Set() })
  const ids = tokens(6, 11)
  const [output] = await headless.forward(headless.newCache(1), headless.adapterFeeds(new Map()), [rowInput(0, ids, 0, { wantLogits: false })])
  const [full] = await forward([rowInput(0, ids)])
  expect(output?.logits).toBeUndefined()
  expectClose(output, full && { logits: undefined, hiddenStates: full.hiddenStates })
  await headless.release()
})
