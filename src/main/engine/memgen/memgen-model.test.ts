/** @file What a loaded model says of itself, and that a load that fails leaves nothing behind. */
import { afterEach, expect, test, vi } from 'vitest'
import { goldenLocation, loadModel } from '../../../../test/support/golden-model.ts'
import { DecoderSession } from '../runtime/decoder-session.ts'
import { GraphSession } from '../runtime/graph-session.ts'
import { MemGenModel } from './memgen-model.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

test('the earlier version says so, and a constant trigger is called one', async () => {
  const earlier = await loadModel(goldenLocation('seed_variant'))
  expect(earlier.summary).toMatchObject({ variant: 'latent-memory-model', baseCopies: 1 })
  expect(earlier.summary.warnings.join()).toContain('prompt latents are always inserted')
  await earlier.release()
})

test('a base model alone has no memory and no trigger', async () => {
  const base = await loadModel({ reasonerDir: goldenLocation('qwen2').reasonerDir })
  expect(base.summary).toMatchObject({ hasMemory: false, variant: null, triggerActive: false, promptLatentsLen: 0, delimiters: [',', '.', '\n'] })
  await base.release()
})

test('progress rises from 0 to 1', async () => {
  const fractions: number[] = []
  const model = await MemGenModel.load(goldenLocation('qwen2'), { device: 'cpu', threads: 1, onProgress: (_, fraction) => fractions.push(fraction) })
  expect(fractions).toEqual(fractions.toSorted((a, b) => a - b))
  expect([fractions[0], fractions.at(-1)]).toEqual([0, 1])
  await model.release()
})

test('a load that fails late releases what it had opened', async () => {
  const created = vi.spyOn(GraphSession, 'create')
  const released = vi.spyOn(GraphSession.prototype, 'release')
  vi.spyOn(DecoderSession, 'create').mockRejectedValue(new Error('out of memory'))
  await expect(loadModel(goldenLocation('qwen2'))).rejects.toThrow('out of memory')
  expect(created).toHaveBeenCalled()
  expect(released).toHaveBeenCalledTimes(created.mock.calls.length)
})
