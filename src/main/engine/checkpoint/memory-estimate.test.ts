/** @file What is counted for each way a base can be held. What models really take is measured by bench/memory.ts. */
import { expect, test } from 'vitest'
import { estimateMemory, packedFileBytes, packsDirectly, unpackedBytes, type MeasuredBase } from './memory-estimate.ts'
import { decoderConfigFromJson } from './model-config-reader.ts'

/** Qwen2.5-0.5B's published shape: 494 M parameters with a tied head. */
const config = decoderConfigFromJson('config.json', {
  architectures: ['Qwen2ForCausalLM'],
  model_type: 'qwen2',
  hidden_act: 'silu',
  hidden_size: 896,
  intermediate_size: 4864,
  num_hidden_layers: 24,
  num_attention_heads: 14,
  num_key_value_heads: 2,
  vocab_size: 151936,
  max_position_embeddings: 32768,
  rms_norm_eps: 1e-6,
  rope_theta: 1e6,
  tie_word_embeddings: true,
})
const base = (dtype: 'F32' | 'BF16'): MeasuredBase => ({ roles: ['reasoner', 'weaver'], config, locations: new Map([['model.embed_tokens.weight', { dtype }]]) })
const cpu = { device: 'cpu', precision: 'f32' } as const
/** Parameters of the shape, counted by hand: table, layers, last norm. */
const PARAMETERS = 151936 * 896 + 24 * (2 * 896 * 896 + 2 * 128 * 896 + 3 * 4864 * 896 + 896 + 2 * 128 + 2 * 896) + 896

test('a large float32 model is only mapped while it opens, and read as a whole when it runs', () => {
  const { weightsBytes, peakBytes, residentBytes, sideFileBytes } = estimateMemory([base('F32')], 0, cpu)
  expect(weightsBytes).toBe(PARAMETERS * 4)
  expect(peakBytes).toBeLessThan(0.2 * weightsBytes)
  expect(residentBytes).toBeGreaterThan(weightsBytes)
  expect(sideFileBytes).toBe(packedFileBytes(base('F32')))
  // Every tensor and its packed form; the tied head apart from its table.
  expect(sideFileBytes / weightsBytes).toBeCloseTo(2.27, 1)
})

test('packed while it opens, the largest matrix is in memory twice for a moment', () => {
  const { peakBytes, residentBytes, sideFileBytes } = estimateMemory([base('F32')], 0, cpu, { savesPacked: false })
  expect(peakBytes - residentBytes).toBe(151936 * 896 * 4)
  expect(sideFileBytes).toBe(0)
})

test('half precision is widened while it opens, mapped or not', () => {
  const { peakBytes, weightsBytes } = estimateMemory([base('BF16')], 0, cpu)
  expect(peakBytes).toBeGreaterThan(weightsBytes)
})

test('a second base comes on top of the first, and each role has caches of its own', () => {
  const one = estimateMemory([base('F32')], 0, cpu, { savesPacked: false })
  const two = estimateMemory([base('F32'), { ...base('F32'), roles: ['trigger'] }], 0, cpu, { savesPacked: false })
  // Without the head, which only the reasoner has.
  expect(two.weightsBytes - one.weightsBytes).toBe((PARAMETERS - 151936 * 896) * 4)
  expect(two.cacheBytesPerToken / one.cacheBytesPerToken).toBe(3 / 2)
  expect(two.peakBytes).toBeGreaterThan(one.peakBytes)
})

test('only models that pack within a second or so are packed while they open', () => {
  expect(packsDirectly(base('F32'))).toBe(false)
  expect(packsDirectly({ ...base('F32'), config: { ...config, vocabSize: 8192, numHiddenLayers: 2 } })).toBe(true)
  expect(unpackedBytes(base('BF16'))).toBe(PARAMETERS * 4)
})
