/** @file The weaver reads only what is new since its last call, and that changes nothing but the cost. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { goldenLocation, loadModel } from '../../../../test/support/golden-model.ts'
import { CpuCache } from '../runtime/cpu-cache.ts'
import { Context } from './context.ts'
import type { MemGenModel } from './memgen-model.ts'
import type { Weaver, WovenLatents } from './weaver.ts'

/** Other shapes of run sum in another order. */
const TOLERANCE = 1e-5

let model: MemGenModel
let weaver: Weaver
beforeAll(async () => {
  model = await loadModel(goldenLocation('qwen2'))
  if (model.memory === undefined) throw new Error('the golden case has no checkpoint')
  weaver = model.memory.weaver
})
afterAll(async () => {
  await model.release()
})

function contextOf(ids: readonly number[]): Context {
  const context = new Context(model.config.hiddenSize)
  for (const id of ids) context.appendToken(id)
  return context
}

function expectClose(actual: WovenLatents | undefined, expected: WovenLatents | undefined): void {
  for (const part of ['beforeProjection', 'latents'] as const) {
    expect(actual?.[part].length).toBe(expected?.[part].length)
    const differences = (actual?.[part] ?? []).map((value, index) => Math.abs(value - (expected?.[part][index] ?? NaN)))
    expect(Math.max(...differences)).toBeLessThan(TOLERANCE)
  }
}

test('a second weave reads the new positions and its queries alone, and equals one from scratch', async () => {
  const { promptLatentsLen, inferenceLatentsLen } = model.summary
  const context = contextOf([5, 6, 7, 8, 9])
  const cache = weaver.newCache(1)
  if (!(cache instanceof CpuCache)) throw new Error('the CPU has another cache')
  const append = vi.spyOn(cache, 'append')

  const [prompt] = await weaver.weave(cache, [{ row: 0, kind: 'prompt', context }])
  if (prompt === undefined) throw new Error('nothing was woven')
  expect(prompt.count).toBe(promptLatentsLen)
  expect(append.mock.calls.map(([, , seq]) => seq)).toEqual([5 + promptLatentsLen])
  expect(cache.length(0)).toBe(5)

  context.appendLatents(prompt.latents)
  context.appendToken(11)
  const [inference] = await weaver.weave(cache, [{ row: 0, kind: 'inference', context }])
  expect(append.mock.calls.map(([, , seq]) => seq).slice(1)).toEqual([promptLatentsLen + 1 + inferenceLatentsLen])
  expect(cache.length(0)).toBe(context.length)

  const [fromScratch] = await weaver.weave(weaver.newCache(1), [{ row: 0, kind: 'inference', context }])
  expectClose(inference, fromScratch)
})

test('weaving twice in one place gives the same latents: queries leave no trace', async () => {
  const context = contextOf([5, 6, 7])
  const cache = weaver.newCache(1)
  const [first] = await weaver.weave(cache, [{ row: 0, kind: 'inference', context }])
  const [second] = await weaver.weave(cache, [{ row: 0, kind: 'inference', context }])
  expectClose(second, first)
})

test('rows of different kinds and lengths are woven together as each alone', async () => {
  const requests = [
    { row: 1, kind: 'inference', context: contextOf([5, 6, 7, 8]) },
    { row: 0, kind: 'prompt', context: contextOf([9]) },
  ] as const
  const together = await weaver.weave(weaver.newCache(2), requests)
  for (const [index, request] of requests.entries()) {
    const [alone] = await weaver.weave(weaver.newCache(1), [{ ...request, row: 0 }])
    expectClose(together[index], alone)
  }
})
