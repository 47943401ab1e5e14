/** @file Where tokens, latents and queries stand in training batches, and who sees whom. */
import { expect, test } from 'vitest'
import { MASKED } from '../runtime/key-value-cache.ts'
import { causalMask, layOutPasses } from './causal-layout.ts'
import { layOutSegment, segmentCount } from './segment-layout.ts'
import type { TrainingPass } from './supervised-rows.ts'

const lengths = { promptLatentsLen: 2, inferenceLatentsLen: 1 }
const long: TrainingPass = {
  ids: [10, 11, 12, 13],
  insertions: [{ tokenIndex: 1, kind: 'prompt' }, { tokenIndex: 3, kind: 'inference' }],
  targets: [{ position: 1, label: 11 }, { position: 2, label: 12 }, { position: 3, label: 13 }],
}
const short: TrainingPass = { ids: [20, 21], insertions: [{ tokenIndex: 1, kind: 'prompt' }], targets: [{ position: 1, label: 21 }] }

test('latents stand before their token, and the last of them predicts it', () => {
  const layout = layOutPasses([long, short], lengths)
  expect(layout).toMatchObject({ batch: 2, seq: 7 })
  expect([...layout.ids]).toEqual([10, 0, 0, 11, 12, 0, 13, 20, 0, 0, 21, 0, 0, 0])
  // Block 0 holds two latents a row, block 1 one; the second row has none of block 1.
  expect([...layout.latentIndex]).toEqual([-1, 0, 1, -1, -1, 4, -1, -1, 2, 3, -1, -1, -1, -1])
  expect(layout.logitRows).toEqual([2, 3, 5, 9])
  expect(layout.targets).toEqual([11, 12, 13, 21])
})

test('each segment takes what came since the last insertion, then the queries', () => {
  expect(segmentCount([long, short])).toBe(2)
  const first = layOutSegment([long, short], [], lengths)
  expect([...first.ids]).toEqual([10, 0, 0, 20, 0, 0])
  expect([...first.queryIndex]).toEqual([-1, 0, 1, -1, 0, 1])
  expect(first.contextCounts).toEqual([1, 1])
  const second = layOutSegment([long, short], [first], lengths)
  expect([...second.latentIndex.subarray(0, second.seq)]).toEqual([0, 1, -1, -1, -1])
  expect([...second.ids.subarray(0, second.seq)]).toEqual([0, 0, 11, 12, 0])
  expect([...second.positions.subarray(0, second.seq)]).toEqual([1, 2, 3, 4, 5])
  expect(second.contextCounts).toEqual([4, 0])
})

test('a segment sees the earlier context of its row, and neither its queries nor padding', () => {
  const first = layOutSegment([long, short], [], lengths)
  const { mask, pastLength, seq } = layOutSegment([long, short], [first], lengths)
  expect(pastLength).toBe(3)
  const visible = (row: number, query: number): number[] =>
    [...mask.subarray((row * seq + query) * (pastLength + seq), (row * seq + query + 1) * (pastLength + seq))].flatMap((value, slot) => (value === 0 ? [slot] : []))
  expect(visible(0, 0)).toEqual([0, 3])
  expect(visible(0, 4)).toEqual([0, 3, 4, 5, 6, 7])
})

test('the causal mask hides what comes later', () => {
  expect([...causalMask(2)]).toEqual([0, Math.fround(MASKED), 0, 0])
})

test('targets out of order are a bug', () => {
  expect(() => layOutPasses([{ ...short, targets: [{ position: 1, label: 0 }, { position: 1, label: 0 }] }], lengths)).toThrow('internal: pass 0')
})
