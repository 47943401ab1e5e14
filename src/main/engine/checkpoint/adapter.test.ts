/** @file PEFT adapters: key spellings, rank and alpha patterns, options that are refused, and the fit to a base model. */
import fc from 'fast-check'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readOrRefuse } from '../../../../test/support/hostile-bytes.ts'
import { hostTensor } from '../tensor/host-tensor.ts'
import { buildAdapter, readAdapter, verifyAdapter } from './adapter.ts'
import { loraConfigFromJson } from './adapter-config.ts'
import { writeAdapter } from './adapter-writer.ts'
import { decoderConfigFromJson } from './model-config-reader.ts'
import { writeSafetensors } from './safetensors-writer.ts'
import { writeTorchArchive } from './torch-archive-writer.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'adapter-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

const plain = { peft_type: 'LORA', r: 2, lora_alpha: 8, target_modules: ['q_proj'], bias: 'none' }
const filled = (rows: number, columns: number, start = 1) => hostTensor([rows, columns], Float32Array.from({ length: rows * columns }, (_, i) => start + i))
const pair = (prefix: string, infix = '', rank = 2) =>
  [
    [`${prefix}.lora_A${infix}.weight`, filled(rank, 8)],
    [`${prefix}.lora_B${infix}.weight`, filled(8, rank, 100)],
  ] as const
const build = (config: object, ...pairs: (readonly [string, ReturnType<typeof filled>])[]) =>
  buildAdapter('/m/adapter.safetensors', loraConfigFromJson('/m/adapter_config.json', { ...plain, ...config }), new Map(pairs))

describe('keys', () => {
  test.each([
    ['base_model.model.model.layers.0.self_attn.q_proj', ''],
    ['base_model.model.model.layers.0.self_attn.q_proj', '.weaver'],
    ['base_model.model.layers.0.self_attn.q_proj', '.default'],
    ['base_model.model.base_model.model.model.layers.0.self_attn.q_proj', ''],
    ['model.layers.0.self_attn.q_proj', ''],
  ])('%s.lora_A%s.weight is module layers.0.self_attn.q_proj', (prefix, infix) => {
    const { modules } = build({}, ...pair(prefix, infix))
    expect([...modules.keys()]).toEqual(['layers.0.self_attn.q_proj'])
    expect(modules.get('layers.0.self_attn.q_proj')).toMatchObject({ scaling: 4, a: { shape: [2, 8] }, b: { shape: [8, 2] } })
  })

  test('a lone half, two adapters in one file, and a foreign tensor are named', () => {
    const [a, b] = pair('model.layers.0.self_attn.q_proj')
    expect(() => build({}, a)).toThrow('tensor "layers.0.self_attn.q_proj": expected lora_A and lora_B, found only lora_A')
    expect(() => build({}, a, b, ...pair('model.layers.1.self_attn.q_proj', '.other'))).toThrow('expected one adapter, found "", "other"')
    expect(() => build({}, ['model.layers.0.self_attn.q_proj.lora_magnitude_vector', filled(8, 1)])).toThrow('lora_magnitude_vector')
    expect(() => build({}, a, b, ...pair('base_model.model.model.layers.0.self_attn.q_proj'))).toThrow('expected one lora_A of')
  })
})

describe('rank and scaling', () => {
  const module = 'model.layers.0.self_attn.q_proj'

  test('rank stabilisation divides by the square root', () => {
    expect(build({ r: 4, use_rslora: true }, ...pair(module, '', 4)).scaling).toBe(4)
  })

  test('patterns single out modules by the end of their name', () => {
    const config = { rank_pattern: { q_proj: 1 }, alpha_pattern: { 'layers.0.self_attn.q_proj': 3 } }
    expect(build(config, ...pair(module, '', 1)).modules.get('layers.0.self_attn.q_proj')?.scaling).toBe(3)
    expect(build({ rank_pattern: { proj: 1 } }, ...pair(module)).modules.size).toBe(1)
  })

  test('a rank other than the configuration says is refused', () => {
    expect(() => build({ r: 3 }, ...pair(module))).toThrow('expected lora_A [3, in] and lora_B [out, 3], found [2, 8] and [8, 2]')
  })

  test('a regular expression is refused: it could run for hours', () => {
    expect(() => build({ rank_pattern: { '(a+)+$': 1 } })).toThrow('found the regular expression "(a+)+$"')
  })
})

describe('what is not plain LoRA is refused by name', () => {
  test.each([
    ['use_dora', true],
    ['bias', 'lora_only'],
    ['modules_to_save', ['lm_head']],
    ['fan_in_fan_out', true],
    ['lora_bias', true],
    ['peft_type', 'IA3'],
    ['init_lora_weights', 'pissa'],
    ['layer_replication', [[0, 4]]],
  ])('%s: %j', (field, value) => {
    expect(() => build({ [field]: value })).toThrow(`/m/adapter_config.json, field "${field}": only plain LoRA is supported`)
  })
})

test('an adapter that does not fit its base model is refused with both shapes', () => {
  const base = { model_type: 'llama', intermediate_size: 16, num_hidden_layers: 1, num_attention_heads: 2, vocab_size: 10 }
  const config = (hidden: number) => decoderConfigFromJson('/m/config.json', { ...base, hidden_size: hidden })
  const adapter = build({}, ...pair('model.layers.0.self_attn.q_proj'))
  expect(() => verifyAdapter(adapter, config(8))).not.toThrow()
  expect(() => verifyAdapter(adapter, config(16))).toThrow('expected lora_A [r, 16] and lora_B [16, r] for this base model, found [2, 8] and [8, 2]')
  expect(() => verifyAdapter(build({}, ...pair('model.layers.1.self_attn.q_proj')), config(8))).toThrow('expected a linear module of a llama with 1 layers')
  expect(() => verifyAdapter(build({}, ...pair('model.layers.0.self_attn.constructor')), config(8))).toThrow('found no such module there')
})

test('what is written is read back, per-module ranks and scalings included', () => {
  const config = { use_rslora: true, r: 4, lora_alpha: 6, alpha_pattern: { 'layers.1.self_attn.q_proj': 5 }, rank_pattern: { 'layers.1.self_attn.q_proj': 2 } }
  const adapter = build(config, ...pair('model.layers.0.self_attn.q_proj', '', 4), ...pair('model.layers.1.self_attn.q_proj'))
  writeAdapter(directory, adapter, 'base')
  const read = readAdapter(directory)
  expect({ ...read, path: '' }).toEqual({ ...adapter, path: '', modules: read.modules })
  for (const [name, { a, b, scaling }] of adapter.modules) {
    expect(read.modules.get(name)).toMatchObject({ a, b })
    expect(read.modules.get(name)?.scaling).toBeCloseTo(scaling, 12)
  }
})

test('modules that a regular expression chose are written by their names, and the dropout as it was', () => {
  const adapter = build({ target_modules: '.*\\.[qv]_proj', lora_dropout: 0.1 }, ...pair('model.layers.0.self_attn.q_proj'))
  writeAdapter(directory, adapter, 'base')
  const written = JSON.parse(readFileSync(join(directory, 'adapter_config.json'), 'utf8')) as Record<string, unknown> // our own file
  expect(written).toMatchObject({ target_modules: ['layers.0.self_attn.q_proj'], lora_dropout: 0.1 })
})

test('adapter_model.bin is read as well, and a folder without either is refused', () => {
  writeFileSync(join(directory, 'adapter_config.json'), JSON.stringify(plain))
  expect(() => readAdapter(directory)).toThrow('expected adapter_model.safetensors or adapter_model.bin, found neither')
  writeTorchArchive(join(directory, 'adapter_model.bin'), new Map(pair('base_model.model.model.layers.0.self_attn.q_proj')))
  expect(readAdapter(directory).modules.size).toBe(1)
  writeSafetensors(join(directory, 'adapter_model.safetensors'), new Map())
  expect(readAdapter(directory).modules.size).toBe(0)
})

test('any configuration is accepted or refused, never anything else', () => {
  const keys = fc.constantFrom('r', 'lora_alpha', 'target_modules', 'rank_pattern', 'alpha_pattern', 'bias', 'use_rslora', 'init_lora_weights')
  fc.assert(fc.property(fc.dictionary(keys, fc.jsonValue()), (fields) => void readOrRefuse(() => build(fields))), { numRuns: 500 })
})
