/** @file Reading a record anew gives what the generation gave, in every family, and attention that adds up. */
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { recordOf } from '../../../../test/support/generation-record.ts'
import { readGoldenCase } from '../../../../test/support/golden-case.ts'
import { config, finish, loadModel, request } from '../../../../test/support/golden-model.ts'
import type { RunConfigInput } from '../../../shared/domain/run-config.ts'
import type { MemGenModel } from '../memgen/memgen-model.ts'
import { Rollout } from '../memgen/rollout.ts'
import { Probe } from './probe.ts'
import { layOutRecord } from './recorded-context.ts'

/** The probe sums hundreds of positions in parts of another length than the rollout; a planted mistake is above 4e-3 (test/golden/README.md). */
const LOGIT_TOLERANCE = 5e-5
const PROBABILITY_TOLERANCE = 1e-5
/** Longer than one part, so that keys come from the cache too. */
const LONG_PROMPT = 'a b, c d e. '.repeat(60)

/** Sampled, since a greedy choice of random weights ends some cases at once. */
const generation = { maxNewTokens: 9, policy: { kind: 'schedule', steps: [0, 3, 4] }, sampling: { doSample: true }, seed: 7 } satisfies RunConfigInput

const families = [
  { name: 'qwen2', folder: 'golden/qwen2' },
  { name: 'llama in bfloat16', folder: 'golden/llama' },
  { name: 'smollm3, whose layer 3 has no rotary', folder: 'golden/smollm3' },
  { name: 'qwen3, with norms on query and key', folder: 'cases/qwen3_three_bases' },
]

let model: MemGenModel | undefined
afterEach(async () => {
  await model?.release()
  model = undefined
})

async function open(folder: string): Promise<{ model: MemGenModel; probe: Probe }> {
  model = await loadModel(readGoldenCase(join(import.meta.dirname, '../../../../test', folder)).location)
  const probe = await Probe.open(model.config, model.reasonerLocations, { threads: 1 })
  model.onRelease(() => probe.release())
  return { model, probe }
}

function largestDifference(actual: Float32Array, expected: Float32Array): number {
  return Math.max(...actual.map((value, index) => Math.abs(value - (expected[index] ?? NaN))))
}

describe.each(families)('$name', ({ folder }) => {
  test('the logits of every step are those of the generation, insertions included', async () => {
    const opened = await open(folder)
    const row = request(opened.model, LONG_PROMPT)
    const [results = []] = await finish(Rollout.open(opened.model, config(generation), [row]))
    const context = layOutRecord(recordOf(row.promptIds, results), opened.model.config.hiddenSize)
    expect(context.blocks.map(({ stepIndex }) => stepIndex)).toEqual([0, 3, 4])
    let step = 0
    for await (const logits of opened.probe.logitsAt(context, context.predictors.slice(0, -1))) {
      expect(largestDifference(logits, results[step]?.logits ?? new Float32Array(0))).toBeLessThan(LOGIT_TOLERANCE)
      step++
    }
    expect(step).toBe(9)
  })

  test('in every layer and head a position pays 1 to everything up to itself, and nothing to what follows', async () => {
    const { model: { config: { numHiddenLayers, numAttentionHeads, hiddenSize }, tokenizer }, probe } = await open(folder)
    const ids = tokenizer.encode(LONG_PROMPT)
    expect(ids.length).toBeGreaterThan(256)
    const everything = [...ids.keys()]
    const context = layOutRecord({ promptIds: ids, steps: [], insertions: [] }, hiddenSize)
    const last = ids.length - 1
    for await (const { start, end, attention } of probe.read(context, { keySets: [everything, [last]] })) {
      expect(attention?.length).toBe(numHiddenLayers * numAttentionHeads * (end - start) * 2)
      for (const [index, mass] of (attention ?? []).entries()) {
        if (index % 2 === 0) expect(Math.abs(mass - 1)).toBeLessThan(PROBABILITY_TOLERANCE)
        else if (start + (Math.floor(index / 2) % (end - start)) < last) expect(mass).toBe(0)
        else expect(mass).toBeGreaterThan(0)
      }
    }
  })
})

test('a reading that was cancelled stops before its next part', async () => {
  const { model: { config: { hiddenSize }, tokenizer }, probe } = await open('golden/qwen2')
  const context = layOutRecord({ promptIds: tokenizer.encode(LONG_PROMPT), steps: [], insertions: [] }, hiddenSize)
  const controller = new AbortController()
  const fractions: number[] = []
  const reading = probe.read(context, {}, { signal: controller.signal, onProgress: (fraction) => fractions.push(fraction) })
  await reading.next()
  controller.abort(new Error('no longer wanted'))
  await expect(reading.next()).rejects.toThrow('no longer wanted')
  expect(fractions).toHaveLength(1)
  expect(fractions[0]).toBeLessThan(1)
})
