/** @file Model and checkpoint folders of the reference: read, written back, rearranged and damaged. Runs no model. */
import fc from 'fast-check'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  findDifference,
  openWeights,
  readBaseModel,
  readMemGenCheckpoint,
  readSafetensorsHeader,
  readTensor,
  readTorchArchive,
  verifyMemGenCheckpoint,
  verifyWeights,
  writeMemGenCheckpoint,
  writeSafetensors,
  type MemGenCheckpoint,
} from '../../src/main/engine/checkpoint/index.ts'
import { bytesSource } from '../../src/main/engine/checkpoint/byte-source.ts'
import { pickleState, type ModuleState } from '../../src/main/engine/checkpoint/torch-archive-writer.ts'
import { readZipMembers } from '../../src/main/engine/checkpoint/zip-archive.ts'
import type { HostTensor } from '../../src/main/engine/tensor/host-tensor.ts'
import { damaged, readOrRefuse } from '../support/hostile-bytes.ts'

const golden = fileURLToPath(new URL('../golden/', import.meta.url))
const current = ['qwen2', 'llama', 'smollm3'] as const

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'checkpoint-'))
})
afterEach(() => rmSync(root, { recursive: true }))

function copy(from: string): string {
  const to = join(root, from.replaceAll('/', '-'))
  cpSync(join(golden, from), to, { recursive: true })
  return to
}

function readConfig(path: string): Record<string, unknown> {
  // A config.json of our own fixtures is an object.
  return JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>
}

function editJson(path: string, change: (json: Record<string, unknown>) => void): void {
  const json = readConfig(path)
  change(json)
  writeFileSync(path, JSON.stringify(json))
}

/** Rewrites a one-file model with some tensors changed or left out. */
function editWeights(directory: string, change: (tensors: Map<string, HostTensor>) => void): void {
  const { tensors } = openWeights(directory)
  const read = new Map([...tensors].map(([name, location]) => [name, readTensor(location)]))
  change(read)
  writeSafetensors(join(directory, 'model.safetensors'), read)
}

/** Everything but paths and file lists, which differ between copies. */
function contentOf(checkpoint: MemGenCheckpoint) {
  const { directory: _directory, files: _files, tensorFiles: _tensorFiles, weaver, trigger, ...rest } = checkpoint
  return { ...rest, weaver: { ...weaver, adapter: { ...weaver.adapter, path: '' } }, trigger: { ...trigger, adapter: { ...trigger.adapter, path: '' } } }
}

describe('base models', () => {
  test.each([...current, 'seed_variant'])('%s is read, and every tensor it needs is there', (name) => {
    const { config, weights, generationConfig } = readBaseModel(join(golden, name, 'base'))
    expect(weights.tensors.get('model.norm.weight')?.shape).toEqual([config.hiddenSize])
    expect(generationConfig?.doSample).toBe(true)
  })

  test('a missing tensor is named with its file and the shape that was expected', () => {
    const base = copy('qwen2/base')
    editWeights(base, (tensors) => tensors.delete('model.layers.2.mlp.up_proj.weight'))
    expect(() => readBaseModel(base)).toThrow(/model\.safetensors, tensor "model\.layers\.2\.mlp\.up_proj\.weight": expected shape \[64, 48\], found no such tensor/)
  })

  test('a shape or dtype other than config.json says is named', () => {
    const base = copy('qwen2/base')
    editJson(join(base, 'config.json'), (config) => (config.intermediate_size = 80))
    expect(() => readBaseModel(base)).toThrow(/tensor "model\.layers\.0\.mlp\.gate_proj\.weight": expected shape \[80, 48\], found \[64, 48\]/)
  })

  test('an untied head must be in the file, a tied one need not', () => {
    const base = copy('qwen2/base')
    editJson(join(base, 'config.json'), (config) => (config.tie_word_embeddings = false))
    expect(() => readBaseModel(base)).toThrow('tensor "lm_head.weight": expected shape [296, 48], found no such tensor')
    editWeights(base, (tensors) => tensors.set('lm_head.weight', tensors.get('model.embed_tokens.weight')!))
    expect(readBaseModel(base).config.tieWordEmbeddings).toBe(false)
  })

  test('a truncated file is refused with its size', () => {
    const base = copy('qwen2/base')
    const path = join(base, 'model.safetensors')
    writeFileSync(path, readFileSync(path).subarray(0, 200_000))
    expect(() => readBaseModel(base)).toThrow(/model\.safetensors, tensor ".*": expected its bytes to end at \d+, found the end of the file at 200000/)
  })

  test('a missing folder and a missing config.json are named', () => {
    expect(() => readBaseModel(join(root, 'gone'))).toThrow('gone: expected a model folder, found none')
    expect(() => readBaseModel(root)).toThrow(/config\.json: cannot be opened \(ENOENT\)/)
  })
})

describe('the layout of save_pretrained', () => {
  test.each(current)('%s is read, fits its base and leaves no tensor unused', (name) => {
    const { config } = readBaseModel(join(golden, name, 'base'))
    const checkpoint = readMemGenCheckpoint(join(golden, name, 'memgen'))
    verifyMemGenCheckpoint(checkpoint, { reasoner: config, weaver: config, trigger: config })
    expect(checkpoint).toMatchObject({ variant: 'memgen', triggerActive: true, unusedTensors: [], maxInferenceAugNum: 5 })
    expect(checkpoint.weaver.promptNorm?.scale).toBeGreaterThan(0)
    expect(checkpoint.weaver.adapter?.modules.size).toBeGreaterThan(0)
    expect(checkpoint.trigger.adapter?.modules.size).toBeGreaterThan(0)
  })

  test.each(current)('%s survives a write and a read without a changed value', (name) => {
    const checkpoint = readMemGenCheckpoint(join(golden, name, 'memgen'))
    const baseConfig = readConfig(join(golden, name, 'base', 'config.json'))
    const target = join(root, 'written')
    writeMemGenCheckpoint(target, checkpoint, { baseConfig })
    expect(contentOf(readMemGenCheckpoint(target))).toEqual(contentOf(checkpoint))
    for (const part of ['weaver', 'trigger']) {
      const file = join(part, part, 'adapter_model.safetensors')
      expect(readFileSync(join(target, file)).equals(readFileSync(join(golden, name, 'memgen', file)))).toBe(true)
    }
    expect(readdirSync(root)).toEqual(['written'])
  })

  test.each(current.flatMap((name) => ['projs', 'weaver', 'trigger'].map((part) => [name, part] as const)))(
    'the pickle written for %s/%s.bin is the reference’s, byte for byte',
    (name, part) => {
      const path = join(golden, name, 'memgen', `${part}.bin`)
      const original = readZipMembers(bytesSource(path, readFileSync(path))).get(`${part}/data.pkl`)?.read()
      expect(Buffer.from(pickleState(nested(readTorchArchive(path))).pickle).equals(original!)).toBe(true)
    },
  )

  test('writing over an older checkpoint replaces it whole, and a failed write leaves it', () => {
    const target = join(root, 'written')
    const [first, second] = [readMemGenCheckpoint(join(golden, 'qwen2', 'memgen')), readMemGenCheckpoint(join(golden, 'smollm3', 'memgen'))]
    writeMemGenCheckpoint(target, first, { baseConfig: {} })
    writeMemGenCheckpoint(target, second, { baseConfig: {} })
    expect(readMemGenCheckpoint(target).promptLatentsLen).toBe(second.promptLatentsLen)
    const circular: Record<string, unknown> = {}
    circular.self = circular
    expect(() => writeMemGenCheckpoint(target, first, { baseConfig: circular })).toThrow('circular')
    expect(readMemGenCheckpoint(target).promptLatentsLen).toBe(second.promptLatentsLen)
    expect(readdirSync(root)).toEqual(['written'])
  })

  test('flat adapter folders and safetensors parts give the same checkpoint', () => {
    const fork = copy('llama/memgen')
    for (const part of ['weaver', 'trigger']) {
      renameSync(join(fork, part, part), join(fork, `${part}-inner`))
      rmSync(join(fork, part), { recursive: true })
      renameSync(join(fork, `${part}-inner`), join(fork, part))
    }
    for (const part of ['projs', 'weaver', 'trigger']) {
      writeSafetensors(join(fork, `${part}.safetensors`), readTorchArchive(join(fork, `${part}.bin`)))
      rmSync(join(fork, `${part}.bin`))
    }
    expect(contentOf(readMemGenCheckpoint(fork))).toEqual(contentOf(readMemGenCheckpoint(join(golden, 'llama', 'memgen'))))
  })

  test('latents without LayerNorm and scale are a variant, a scale alone is damage', () => {
    const fork = copy('qwen2/memgen')
    const tensors = new Map(readTorchArchive(join(fork, 'weaver.bin')))
    rmSync(join(fork, 'weaver.bin'))
    for (const kind of ['prompt', 'inference']) for (const part of ['weight', 'bias']) tensors.delete(`${kind}_latent_ln.${part}`)
    writeSafetensors(join(fork, 'weaver.safetensors'), tensors)
    expect(() => readMemGenCheckpoint(fork)).toThrow('tensor "prompt_latent_ln.weight": expected shape [48], found no such tensor')
    tensors.delete('prompt_latent_scale')
    tensors.delete('inference_latent_scale')
    writeSafetensors(join(fork, 'weaver.safetensors'), tensors)
    expect(readMemGenCheckpoint(fork).weaver.promptNorm).toBeUndefined()
  })

  test.each([
    ['prompt_latents_len', 5, /tensor "prompt_query_latents": expected shape \[5, any\], found \[4, 48\]/],
    ['trigger_active', 'yes', /config\.json, field "trigger_active".*found "yes"/],
    ['max_inference_aug_num', -1, /config\.json, field "max_inference_aug_num"/],
  ])('%s: %j is refused', (field, value, message) => {
    const fork = copy('qwen2/memgen')
    editJson(join(fork, 'config.json'), (config) => (config[field] = value))
    expect(() => readMemGenCheckpoint(fork)).toThrow(message)
  })

  test('missing parts are named: the weaver’s state, and a head that trigger_active asks for', () => {
    const fork = copy('qwen2/memgen')
    rmSync(join(fork, 'trigger.bin'))
    expect(() => readMemGenCheckpoint(fork)).toThrow('tensor "output_layer.weight": expected by trigger_active in config.json')
    editJson(join(fork, 'config.json'), (config) => (config.trigger_active = false))
    expect(readMemGenCheckpoint(fork).trigger.outputLayer).toBeUndefined()
    rmSync(join(fork, 'weaver.bin'))
    expect(() => readMemGenCheckpoint(fork)).toThrow('expected weaver.bin or weaver.safetensors, found neither')
  })

  test('a checkpoint for another width is refused with both shapes', () => {
    const { config } = readBaseModel(join(golden, 'llama', 'base'))
    const checkpoint = readMemGenCheckpoint(join(golden, 'qwen2', 'memgen'))
    expect(() => verifyMemGenCheckpoint(checkpoint, { reasoner: config, weaver: config, trigger: config })).toThrow(
      'tensor "reasoner_to_weaver.weight": expected shape [64, 64] for these base models, found [48, 48]',
    )
  })
})

describe('the earlier whole-model layout', () => {
  const directory = join(golden, 'seed_variant', 'memgen')

  test('base weights of all three parts are located under their Hugging Face names, equal to the base folder', async () => {
    const { config, weights } = readBaseModel(join(golden, 'seed_variant', 'base'))
    const { embeddedBases } = readMemGenCheckpoint(directory)
    for (const view of [embeddedBases!.reasoner, embeddedBases!.weaver, embeddedBases!.trigger!]) {
      verifyWeights(view, config)
      expect(await findDifference(view, weights, weights.tensors.keys())).toBeUndefined()
    }
  })

  test('adapters, latents and the trigger’s head are taken out of it', () => {
    const { config } = readBaseModel(join(golden, 'seed_variant', 'base'))
    const checkpoint = readMemGenCheckpoint(directory)
    verifyMemGenCheckpoint(checkpoint, { reasoner: config, weaver: config, trigger: config })
    expect(checkpoint).toMatchObject({ variant: 'latent-memory-model', promptLatentsLen: 4, inferenceLatentsLen: 2, triggerActive: true, unusedTensors: [] })
    expect(checkpoint.weaver.promptNorm).toBeUndefined()
    expect(checkpoint.weaver.adapter).toMatchObject({ rank: 4, scaling: 2 })
    expect(checkpoint.trigger.adapter?.modules.size).toBe(8)
    expect(checkpoint.trigger.outputLayer?.weight.shape).toEqual([2, 40])
  })

  test('without a trigger inside, the decision is constant', () => {
    const fork = copy('seed_variant/memgen')
    editWeights(fork, (tensors) => {
      for (const name of [...tensors.keys()]) if (name.startsWith('trigger.')) tensors.delete(name)
    })
    expect(readMemGenCheckpoint(fork)).toMatchObject({ triggerActive: false, trigger: { adapter: undefined } })
  })

  test('it is written in its own layout: what was trained in its place, everything else byte for byte', () => {
    const read = readMemGenCheckpoint(directory)
    const outputLayer = read.trigger.outputLayer
    if (outputLayer === undefined) throw new Error('expected a trained trigger')
    const halved = (tensor: HostTensor): HostTensor => ({ ...tensor, data: tensor.data.map((value) => value / 2) })
    const changed: MemGenCheckpoint = {
      ...read,
      maxInferenceAugNum: 7,
      weaver: { ...read.weaver, promptQueryLatents: halved(read.weaver.promptQueryLatents) },
      trigger: { ...read.trigger, outputLayer: { ...outputLayer, bias: halved(outputLayer.bias) } },
    }
    const target = join(root, 'written')
    writeMemGenCheckpoint(target, changed, { baseConfig: {} })
    const written = readMemGenCheckpoint(target)
    expect(written).toMatchObject({ variant: 'latent-memory-model', maxPromptAugNum: 1, maxInferenceAugNum: 7, unusedTensors: [] })
    expect(written.weaver.promptQueryLatents.data).toEqual(changed.weaver.promptQueryLatents.data)
    expect(written.trigger.outputLayer?.bias.data).toEqual(changed.trigger.outputLayer?.bias.data)

    const [before, after] = [openWeights(directory).tensors, openWeights(target).tensors]
    const different = [...before].filter(([name, location]) => {
      const stored = after.get(name)
      return stored === undefined || !Buffer.from(readTensor(stored).data.buffer).equals(Buffer.from(readTensor(location).data.buffer))
    })
    expect(different.map(([name]) => name)).toEqual(['trigger.model.base_model.model.lm_head.bias', 'weaver.prompt_query_latents'])
    expect([...after.keys()]).toEqual([...before.keys()])
  })

  test('an adapter that was trained is written where its halves were', () => {
    const read = readMemGenCheckpoint(directory)
    const adapter = read.weaver.adapter
    if (adapter === undefined) throw new Error('expected an adapter')
    const negated = (tensor: HostTensor): HostTensor => ({ ...tensor, data: tensor.data.map((value) => -value) })
    const modules = new Map([...adapter.modules].map(([name, { a, b, scaling }]) => [name, { a: negated(a), b: negated(b), scaling }]))
    writeMemGenCheckpoint(join(root, 'written'), { ...read, weaver: { ...read.weaver, adapter: { ...adapter, modules } } }, { baseConfig: {} })
    const written = readMemGenCheckpoint(join(root, 'written'))
    expect(written.weaver.adapter?.modules).toEqual(modules)
    expect(written.trigger.adapter?.modules).toEqual(read.trigger.adapter?.modules)
  })
})

test('a folder that is no checkpoint says what was looked for', () => {
  mkdirSync(join(root, 'empty'))
  expect(() => readMemGenCheckpoint(join(root, 'empty'))).toThrow('expected a MemGen checkpoint (projs.bin, or model.safetensors with weaver.prompt_query_latents), found neither')
  expect(() => readMemGenCheckpoint(join(golden, 'qwen2', 'base'))).toThrow('found neither')
})

test('headers of all golden files tile their files', () => {
  for (const name of current) {
    const { entries, sizeBytes } = readSafetensorsHeader(join(golden, name, 'golden.safetensors'))
    const last = Math.max(...[...entries.values()].map(({ byteOffset, byteLength }) => byteOffset + byteLength))
    expect(last).toBe(sizeBytes)
  }
})

describe('one damaged file in a folder is refused or read, never anything else', () => {
  test.each([
    ['qwen2/memgen', readMemGenCheckpoint],
    ['seed_variant/memgen', readMemGenCheckpoint],
    ['smollm3/base', readBaseModel],
  ] as const)('%s', (name, read) => {
    const directory = copy(name)
    const files = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((file) => /(config|index)\.json$|\.bin$|\.safetensors$/.test(file))
    for (const file of files) {
      const valid = new Uint8Array(readFileSync(join(directory, file)))
      // The start of a file holds its structure: damage to the tensors behind it changes only numbers.
      const start = valid.subarray(0, 4096)
      const property = fc.property(damaged(start), (bytes) => {
        writeFileSync(join(directory, file), Buffer.concat([bytes, valid.subarray(start.length)]))
        readOrRefuse(() => read(directory))
      })
      fc.assert(property, { numRuns: 40 })
      writeFileSync(join(directory, file), valid)
    }
  })
})

/** Flat names as module states again: `layer.weight` belongs to module `layer`. */
function nested(flat: ReadonlyMap<string, HostTensor>): Map<string, HostTensor | ModuleState> {
  const state = new Map<string, HostTensor | ModuleState>()
  const modules = new Map<string, Map<string, HostTensor>>()
  for (const [name, tensor] of flat) {
    const [module, key] = name.split('.')
    if (key === undefined) {
      state.set(name, tensor)
      continue
    }
    const tensors = modules.get(module!) ?? new Map<string, HostTensor>()
    tensors.set(key, tensor)
    modules.set(module!, tensors)
    state.set(module!, { kind: 'module', tensors })
  }
  return state
}
