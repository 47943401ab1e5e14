/** @file What the trigger sees: tokens but no padding ids, whether it is asked at once or bit by bit. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { goldenLocation, loadModel } from '../../../../test/support/golden-model.ts'
import type { MemGenModel } from './memgen-model.ts'
import type { Trigger, TriggerLogits } from './trigger.ts'

/** Other shapes of run sum in another order. */
const TOLERANCE = 1e-5

let model: MemGenModel
let trigger: Trigger
beforeAll(async () => {
  model = await loadModel(goldenLocation('llama'))
  if (model.memory?.trigger === undefined) throw new Error('the golden case has no trigger')
  trigger = model.memory.trigger
})
afterAll(async () => {
  await model.release()
})

async function ask(...prefixes: readonly (readonly number[])[]): Promise<TriggerLogits | undefined> {
  const cache = trigger.newCache(1)
  let logits: TriggerLogits | undefined
  for (const ids of prefixes) [logits] = await trigger.ask(cache, [{ row: 0, ids }])
  return logits
}

function expectClose(actual: TriggerLogits | undefined, expected: TriggerLogits | undefined): void {
  for (const index of [0, 1] as const) expect(Math.abs((actual?.[index] ?? NaN) - (expected?.[index] ?? NaN))).toBeLessThan(TOLERANCE)
}

test('padding ids inside the text are invisible and take no position', async () => {
  // This tokenizer has no pad token of its own, so the end of a turn is one (docs/REFERENCE.md 1.7).
  const pad = model.tokenizer.padTokenId
  expect(pad).toBe(model.tokenizer.eosTokenId)
  const ids = [5, 9, pad, 12, pad, pad, 40, 7]
  expectClose(await ask(ids), await ask(ids.filter((id) => id !== pad)))
  expectClose(await ask([pad, pad, ...ids]), await ask(ids))
  expect(await ask([5, 9, 12, 40, 8])).not.toEqual(await ask([5, 9, 12, 40, 7]))
})

test('asked bit by bit it answers as if asked once, padding ids at the seams included', async () => {
  const pad = model.tokenizer.padTokenId
  const ids = [5, 9, pad, 12, pad, pad, 40, 7, 3]
  const whole = await ask(ids)
  expectClose(await ask(ids.slice(0, 3), ids.slice(0, 5), ids.slice(0, 6), ids), whole)
})

test('rows are answered each for itself, in the order they were asked', async () => {
  const cache = trigger.newCache(3)
  const rows = [[5, 9, 12], [40, 7], [1, 2, 3, 4, 5]]
  const answers = await trigger.ask(cache, [2, 0, 1].map((row) => ({ row, ids: rows[row] ?? [] })))
  for (const [index, row] of [2, 0, 1].entries()) expectClose(answers[index], await ask(rows[row] ?? []))
})
