/** @file config.json of the four families: defaults, rotary scaling, and what is refused by name. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readOrRefuse } from '../../../../test/support/hostile-bytes.ts'
import { decoderConfigFromJson } from './model-config-reader.ts'
import { contextLength, expectedTensors } from './decoder-config.ts'

const plain = {
  model_type: 'llama',
  architectures: ['LlamaForCausalLM'],
  hidden_size: 64,
  intermediate_size: 96,
  num_hidden_layers: 4,
  num_attention_heads: 4,
  vocab_size: 100,
}
const read = (fields: Record<string, unknown>) => decoderConfigFromJson('/m/config.json', { ...plain, ...fields })

test('absent fields take the defaults of transformers', () => {
  expect(read({})).toEqual({
    modelType: 'llama',
    hiddenSize: 64,
    intermediateSize: 96,
    numHiddenLayers: 4,
    numAttentionHeads: 4,
    numKeyValueHeads: 4,
    headDim: 16,
    vocabSize: 100,
    rmsNormEps: 1e-6,
    ropeTheta: 10_000,
    ropeScaling: { type: 'none' },
    maxPositionEmbeddings: 32768,
    tieWordEmbeddings: false,
    attentionBias: 'none',
    mlpBias: false,
    hasQueryKeyNorm: false,
    useRope: [true, true, true, true],
    hiddenAct: 'silu',
    bosTokenId: null,
    eosTokenIds: [],
    torchDtype: null,
  })
})

describe('the families differ', () => {
  test('Qwen2 has biases on query, key and value only', () => {
    const shapes = expectedTensors(read({ model_type: 'qwen2', num_key_value_heads: 2 }))
    expect(shapes.get('model.layers.0.self_attn.k_proj.bias')).toEqual([32])
    expect(shapes.has('model.layers.0.self_attn.o_proj.bias')).toBe(false)
    expect(shapes.has('lm_head.weight')).toBe(true)
  })

  test('attention_bias of the others includes the output projection, mlp_bias all three of the MLP', () => {
    const shapes = expectedTensors(read({ attention_bias: true, mlp_bias: true }))
    expect(shapes.get('model.layers.3.self_attn.o_proj.bias')).toEqual([64])
    expect(shapes.get('model.layers.3.mlp.up_proj.bias')).toEqual([96])
  })

  test('Qwen3 without head_dim has the 128 of its configuration class, the others divide the hidden size', () => {
    expect(read({ model_type: 'qwen3' }).headDim).toBe(128)
    expect(read({ model_type: 'qwen2' }).headDim).toBe(16)
  })

  test('Qwen3 has query and key norms and its own head_dim', () => {
    const config = read({ model_type: 'qwen3', head_dim: 32, num_key_value_heads: 1 })
    const shapes = expectedTensors(config)
    expect(shapes.get('model.layers.0.self_attn.q_norm.weight')).toEqual([32])
    expect(shapes.get('model.layers.0.self_attn.o_proj.weight')).toEqual([64, 128])
  })

  test('SmolLM3 ties its head and leaves rotary out of every fourth layer, or of those its list marks 0', () => {
    const config = read({ model_type: 'smollm3' })
    expect(config).toMatchObject({ tieWordEmbeddings: true, useRope: [true, true, true, false], ropeTheta: 2_000_000 })
    expect(expectedTensors(config).has('lm_head.weight')).toBe(false)
    expect(read({ model_type: 'smollm3', no_rope_layer_interval: 2 }).useRope).toEqual([true, false, true, false])
    expect(read({ model_type: 'smollm3', no_rope_layers: [0, 1, 1, 1] }).useRope).toEqual([false, true, true, true])
    expect(() => read({ model_type: 'smollm3', no_rope_layers: [1] })).toThrow('"no_rope_layers": expected 4 entries')
  })
})

describe('rotary scaling', () => {
  test.each([
    [{ type: 'linear', factor: 2 }, { type: 'linear', factor: 2 }],
    [{ rope_type: 'dynamic', factor: 4 }, { type: 'dynamic', factor: 4 }],
    [{ rope_type: 'default' }, { type: 'none' }],
    [
      { rope_type: 'llama3', factor: 8, low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 8192 },
      { type: 'llama3', factor: 8, lowFreqFactor: 1, highFreqFactor: 4, originalMaxPositionEmbeddings: 8192 },
    ],
    [
      { type: 'yarn', factor: 4, original_max_position_embeddings: 32768, attention_factor: null, mscale: 0.7, beta_fast: 0, beta_slow: 0 },
      { type: 'yarn', factor: 4, originalMaxPositionEmbeddings: 32768, betaFast: 32, betaSlow: 1, mscale: 0.7, truncate: true },
    ],
  ])('%j', (ropeScaling, expected) => {
    expect(read({ rope_scaling: ropeScaling }).ropeScaling).toEqual(expected)
    expect(read({ rope_parameters: { rope_theta: 5, ...ropeScaling } })).toMatchObject({ ropeTheta: 5, ropeScaling: expected })
  })

  test('an unknown kind and a missing field are named', () => {
    expect(() => read({ rope_scaling: { rope_type: 'longrope' } })).toThrow('field "rope_scaling.rope_type": expected one of none, default, linear, dynamic, llama3, yarn, found "longrope"')
    expect(() => read({ rope_scaling: { type: 'llama3', factor: 8 } })).toThrow('field "low_freq_factor"')
    expect(() => read({ rope_scaling: { factor: 8 } })).toThrow('field "rope_scaling.rope_type"')
  })
})

describe('refused by name', () => {
  test.each([
    [{ model_type: 'gpt2', architectures: ['GPT2LMHeadModel'] }, /architecture "GPT2LMHeadModel", model_type "gpt2" is not supported; supported: Qwen2ForCausalLM \(qwen2\), LlamaForCausalLM/],
    [{ hidden_act: 'gelu' }, /"hidden_act": expected "silu", found "gelu"/],
    [{ quantization_config: { bits: 4 } }, /"quantization_config": expected float weights/],
    [{ layer_types: ['full_attention', 'sliding_attention'] }, /"layer_types": expected only "full_attention", found "sliding_attention"/],
    [{ model_type: 'qwen2', use_sliding_window: true, sliding_window: 128, max_window_layers: 2 }, /a sliding window of 128/],
    [{ partial_rotary_factor: 0.5 }, /"partial_rotary_factor": expected 1/],
    [{ hidden_size: '64' }, /"hidden_size".*found "64"/],
    [{ num_hidden_layers: 1e9 }, /"num_hidden_layers"/],
    [{ num_key_value_heads: 3 }, /"num_key_value_heads": expected a divisor of num_attention_heads \(4\), found 3/],
    [{ num_attention_heads: 3 }, /"head_dim": expected an even whole number/],
  ])('%j', (fields, message) => {
    expect(() => read(fields)).toThrow(message)
  })

  test('a sliding window that no layer uses is no reason to refuse', () => {
    expect(read({ model_type: 'qwen2', sliding_window: 32768, use_sliding_window: false }).modelType).toBe('qwen2')
    expect(read({ model_type: 'qwen2', sliding_window: 128, use_sliding_window: true, max_window_layers: 4 }).modelType).toBe('qwen2')
  })
})

test('any JSON is accepted or refused, never anything else', () => {
  const keys = fc.constantFrom('model_type', 'hidden_size', 'rope_scaling', 'rope_parameters', 'head_dim', 'no_rope_layers', 'eos_token_id', 'layer_types', 'rms_norm_eps')
  fc.assert(fc.property(fc.jsonValue(), (json) => void readOrRefuse(() => decoderConfigFromJson('/m/config.json', json))), { numRuns: 300 })
  fc.assert(fc.property(fc.dictionary(keys, fc.jsonValue()), (fields) => void readOrRefuse(() => read(fields))), { numRuns: 500 })
})

describe('the context', () => {
  const length = (max_position_embeddings: number, rope_scaling: Record<string, unknown> | null) =>
    contextLength(read({ max_position_embeddings, rope_scaling }))

  test('is as long as the file says without scaling', () => {
    expect(length(40, null)).toBe(40)
  })

  test('is the factor longer where the file keeps the trained length', () => {
    expect(length(40, { type: 'linear', factor: 4 })).toBe(160)
    expect(length(40, { type: 'dynamic', factor: 2.5 })).toBe(100)
    expect(length(40, { type: 'yarn', factor: 4 })).toBe(160)
    expect(length(40, { type: 'yarn', factor: 4, original_max_position_embeddings: 40 })).toBe(160)
  })

  test('is not lengthened twice where the file names the original length beside the new one', () => {
    const llama3 = { rope_type: 'llama3', factor: 8, low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 8192 }
    expect(length(131072, llama3)).toBe(131072)
    expect(length(160, { type: 'yarn', factor: 4, original_max_position_embeddings: 40 })).toBe(160)
  })
})
