/** @file The arithmetic of calibrations, on times that are given. */
import { expect, test } from 'vitest'
import { nameShape } from './model-shape.ts'
import { BATCH_ROWS, PREFILL_LENGTH, wholeModelSpeed, type PassTimes } from './whole-model-speed.ts'

/** A machine on which a pass costs `once`, each layer and the head their time; a batch twice that, a prompt ten times. */
function times({ once, layer, head }: { once: number; layer: number; head: number }, layers: number, hasHead: boolean): PassTimes {
  const work = layers * layer + (hasHead ? head : 0)
  return { decode: once + work, batch: once + 2 * work, prefill: once + 10 * work }
}

test('the speed of all layers follows from one, two, and one with the head', () => {
  const machine = { once: 0.5, layer: 2, head: 6 }
  const parts = { oneLayer: times(machine, 1, false), twoLayers: times(machine, 2, false), withHead: times(machine, 1, true) }
  const whole = times(machine, 24, true)
  const speed = wholeModelSpeed(parts, 24)
  expect(speed.decodeTokensPerSecond).toBeCloseTo(1000 / whole.decode)
  expect(speed.batchTokensPerSecond).toBeCloseTo((1000 * BATCH_ROWS) / whole.batch)
  expect(speed.prefillTokensPerSecond).toBeCloseTo((1000 * PREFILL_LENGTH) / whole.prefill)
})

test('a model of one layer is as fast as was measured', () => {
  const pass = { decode: 4, batch: 8, prefill: 64 }
  expect(wholeModelSpeed({ oneLayer: pass, twoLayers: null, withHead: pass }, 1)).toEqual({
    decodeTokensPerSecond: 250,
    batchTokensPerSecond: 1000,
    prefillTokensPerSecond: 2000,
  })
})

test('a second layer that seemed faster than none does not make the model faster than its parts', () => {
  const slow = { decode: 4, batch: 8, prefill: 64 }
  const fast = { decode: 3, batch: 9, prefill: 64 }
  const { decodeTokensPerSecond } = wholeModelSpeed({ oneLayer: slow, twoLayers: fast, withHead: slow }, 24)
  expect(decodeTokensPerSecond).toBe(250)
})

test('a shape names what speed depends on', () => {
  const sizes = { modelType: 'qwen2', hiddenSize: 896, intermediateSize: 4864, numHiddenLayers: 24, numAttentionHeads: 14, numKeyValueHeads: 2, headDim: 64, vocabSize: 151936 } as const
  expect(nameShape(sizes)).toBe('qwen2 896x24 mlp 4864 heads 14/2x64 vocab 151936')
})
