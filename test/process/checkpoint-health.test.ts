/** @file Checkpoint health on the reference's folders, healthy and damaged in one way each. Runs no model. */
import { createHash } from 'node:crypto'
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { inspectCheckpoint, openWeights, readMemGenCheckpoint, readTensor, readTorchArchive, writeMemGenCheckpoint, writeSafetensors } from '../../src/main/engine/checkpoint/index.ts'
import type { LoraModule, MemGenCheckpoint } from '../../src/main/engine/checkpoint/index.ts'
import type { HostTensor } from '../../src/main/engine/tensor/host-tensor.ts'
import { checkpointHealthSchema, type CheckpointHealth } from '../../src/shared/domain/health.ts'

const golden = fileURLToPath(new URL('../golden/', import.meta.url))

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'health-'))
})
afterEach(() => rmSync(root, { recursive: true }))

const location = (name: string) => ({ reasonerDir: join(golden, name, 'base'), checkpointDir: join(golden, name, 'memgen') })
const find = ({ checks }: CheckpointHealth, id: string) => checks.find((check) => check.id === id)

function copyBase(): string {
  const base = join(root, 'base')
  cpSync(join(golden, 'qwen2', 'base'), base, { recursive: true })
  return base
}

const weightsOf = (directory: string): string => join(realpathSync(directory), 'model.safetensors')

function editWeights(directory: string, change: (tensors: Map<string, HostTensor>) => void): void {
  const read = new Map([...openWeights(directory).tensors].map(([name, tensor]) => [name, readTensor(tensor)]))
  change(read)
  writeSafetensors(join(directory, 'model.safetensors'), read)
}

/** The qwen2 checkpoint with a change, inspected. */
async function inspectChanged(change: (checkpoint: MemGenCheckpoint) => MemGenCheckpoint): Promise<CheckpointHealth> {
  const checkpointDir = join(root, 'changed')
  writeMemGenCheckpoint(checkpointDir, change(readMemGenCheckpoint(location('qwen2').checkpointDir)), { baseConfig: {} })
  return checkpointHealthSchema.parse(await inspectCheckpoint({ ...location('qwen2'), checkpointDir }))
}

describe('a healthy model', () => {
  test.each(['qwen2', 'llama', 'smollm3', 'seed_variant'])('%s passes every check, in words the schema accepts', async (name) => {
    const health = await inspectCheckpoint(location(name))
    expect(checkpointHealthSchema.parse(health)).toEqual(health)
    expect(health.checks.filter(({ verdict }) => verdict !== 'ok')).toEqual([])
    expect(health.verdict).toBe('ok')
    expect(health.memory).toMatchObject({ baseCopies: 1, reason: 'One copy: reasoner, weaver and trigger share one base model.' })
    for (const { title, detail } of health.checks) {
      expect(title).toMatch(/^[A-Z]/)
      expect(detail).toMatch(/\.$/)
    }
  })

  test('a base model alone can be inspected', async () => {
    const health = await inspectCheckpoint({ reasonerDir: join(golden, 'llama', 'base') })
    expect(health).toMatchObject({ kind: 'base-model', verdict: 'ok', memory: { baseCopies: 1, reason: 'Only the reasoner is used.' } })
    expect(find(health, 'reasoner.tensors')?.values).toMatchObject({ expected: 38, found: 38, missing: [] })
  })

  test('files are listed once each, with their SHA-256 when asked for', async () => {
    const { files } = await inspectCheckpoint(location('qwen2'), { sha256: true })
    expect(new Set(files.map(({ path }) => path)).size).toBe(files.length)
    for (const { path, sizeBytes, sha256 } of files) {
      const bytes = readFileSync(path)
      expect({ sizeBytes, sha256 }).toEqual({ sizeBytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') })
    }
  })

  test('progress rises to the total, and an abort stops the inspection', async () => {
    const seen: number[] = []
    let total = 0
    await inspectCheckpoint(location('qwen2'), { sha256: true, onProgress: ({ doneBytes, totalBytes }) => { seen.push(doneBytes); total = totalBytes } })
    expect(seen).toEqual(seen.toSorted((left, right) => left - right))
    expect(seen.at(-1)).toBeLessThanOrEqual(total)
    await expect(inspectCheckpoint(location('qwen2'), { signal: AbortSignal.abort() })).rejects.toThrow('aborted')
  })
})

describe('a damaged base model', () => {
  test('NaN weights are counted and named', async () => {
    const reasonerDir = copyBase()
    editWeights(reasonerDir, (tensors) => tensors.get('model.layers.1.mlp.up_proj.weight')!.data.set([NaN, Infinity], 5))
    const check = find(await inspectCheckpoint({ reasonerDir }), 'reasoner.finite')
    expect(check).toMatchObject({ verdict: 'error', detail: `2 NaN or infinite values in model.layers.1.mlp.up_proj.weight of ${weightsOf(reasonerDir)}.` })
  })

  test('missing and unused tensors are counted', async () => {
    const reasonerDir = copyBase()
    editWeights(reasonerDir, (tensors) => {
      tensors.set('model.extra.weight', tensors.get('model.norm.weight')!)
      tensors.delete('model.norm.weight')
    })
    const check = find(await inspectCheckpoint({ reasonerDir }), 'reasoner.tensors')
    expect(check).toMatchObject({ verdict: 'error', detail: '49 of 50 tensors found. Missing: model.norm.weight. Not used: model.extra.weight.' })
  })

  test('a missing tokenizer is an error', async () => {
    const reasonerDir = copyBase()
    rmSync(join(reasonerDir, 'tokenizer.json'))
    expect(find(await inspectCheckpoint({ reasonerDir }), 'reasoner.tokenizer')).toMatchObject({ verdict: 'error' })
  })

  test('a tokenizer that cannot be read is an error that names its file', async () => {
    const reasonerDir = copyBase()
    const path = join(reasonerDir, 'tokenizer.json')
    writeFileSync(path, '{"model":')
    expect(find(await inspectCheckpoint({ reasonerDir }), 'reasoner.tokenizer')).toMatchObject({ verdict: 'error', detail: `${path}: the file is not valid JSON` })
  })

  test('an unreadable one is a check, not an exception', async () => {
    const health = await inspectCheckpoint({ reasonerDir: join(root, 'gone') })
    expect(health).toMatchObject({ kind: 'unreadable', verdict: 'error', memory: null, files: [] })
    expect(health.checks[0]?.detail).toContain('expected a model folder, found none')
  })

  test('one without config.json names that file, and a field that does not fit is named too', async () => {
    const reasonerDir = copyBase()
    const configPath = join(realpathSync(reasonerDir), 'config.json')
    writeFileSync(configPath, JSON.stringify({ model_type: 'mamba' }))
    expect((await inspectCheckpoint({ reasonerDir })).checks[0]?.values).toEqual({ path: configPath, field: 'model_type' })
    rmSync(configPath)
    expect((await inspectCheckpoint({ reasonerDir })).checks[0]?.values).toEqual({ path: configPath })
  })

  test.each(['qwen2', 'seed_variant'])('the MemGen checkpoint of %s in its place is called one', async (name) => {
    const { checkpointDir } = location(name)
    const health = await inspectCheckpoint({ reasonerDir: checkpointDir })
    expect(health).toMatchObject({ kind: 'unreadable', verdict: 'error' })
    expect(health.checks).toMatchObject([{ id: 'reasoner.is-base', detail: expect.stringContaining('holds a MemGen checkpoint, not a base model') as string, values: { path: checkpointDir } }])
  })

  test.each([
    ['4.51.3', true, 'warning'],
    ['4.50.0', true, 'warning'],
    ['5.0.0', true, 'warning'],
    ['4.49.0', true, 'ok'],
    ['4.51.3', false, 'ok'],
  ])('generation_config.json of %s with do_sample %s: %s about the tail', async (version, doSample, verdict) => {
    const reasonerDir = copyBase()
    writeFileSync(join(reasonerDir, 'generation_config.json'), JSON.stringify({ do_sample: doSample, transformers_version: version }))
    expect(find(await inspectCheckpoint({ reasonerDir }), 'reasoner.sampling-defaults')?.verdict).toBe(verdict)
  })
})

describe('a checkpoint that is untrained or damaged', () => {
  const everyZero = 'Every lora_B is zero, its initial value: the adapter does nothing.'
  const alwaysInsert = 'The trigger is inactive: it always answers “insert”, at every delimiter up to the limit.'
  const zeros = (tensor: HostTensor): HostTensor => ({ ...tensor, data: new Float32Array(tensor.data.length) })

  test('an adapter whose every lora_B is zero does nothing', async () => {
    const health = await inspectChanged((checkpoint) => {
      const adapter = checkpoint.weaver.adapter!
      const modules = new Map([...adapter.modules].map(([name, module]) => [name, { ...module, b: zeros(module.b) }]))
      return { ...checkpoint, weaver: { ...checkpoint.weaver, adapter: { ...adapter, modules } } }
    })
    expect(find(health, 'weaver.adapter')).toMatchObject({ verdict: 'warning', detail: `8 modules, rank 4, scaling 2. ${everyZero}` })
    expect(find(health, 'trigger.adapter')?.verdict).toBe('ok')
  })

  test('a missing adapter and missing modules of one are told', async () => {
    const health = await inspectChanged((checkpoint) => {
      const adapter = checkpoint.trigger.adapter!
      const modules = new Map([...adapter.modules].slice(1))
      return { ...checkpoint, weaver: { ...checkpoint.weaver, adapter: undefined }, trigger: { ...checkpoint.trigger, adapter: { ...adapter, modules } } }
    })
    expect(find(health, 'weaver.adapter')?.detail).toContain('No adapter was found')
    expect(find(health, 'trigger.adapter')?.detail).toContain('layers.0.self_attn.q_proj, which the file lacks')
  })

  test('a head at its initialisation, an inactive trigger and a constant one are told', async () => {
    const bound = 1 / Math.sqrt(48)
    const initial = (tensor: HostTensor): HostTensor => ({
      ...tensor,
      data: tensor.data.map((_, i, { length }) => bound * (2 * (((i * 37) % length) + 0.5) / length - 1)),
    })
    const untrained = await inspectChanged((checkpoint) => {
      const { weight, bias } = checkpoint.trigger.outputLayer!
      return { ...checkpoint, trigger: { ...checkpoint.trigger, outputLayer: { weight: initial(weight), bias: initial(bias) } } }
    })
    expect(find(untrained, 'trigger.head')?.verdict).toBe('warning')
    const inactive = await inspectChanged((checkpoint) => ({ ...checkpoint, triggerActive: false }))
    expect(find(inactive, 'trigger.active')).toMatchObject({ verdict: 'warning', detail: alwaysInsert })
    const constant = await inspectChanged((checkpoint) => {
      const { weight } = checkpoint.trigger.outputLayer!
      return { ...checkpoint, trigger: { ...checkpoint.trigger, outputLayer: { weight: zeros(weight), bias: { dtype: 'F32', shape: [2], data: Float32Array.of(1, 0) } } } }
    })
    expect(find(constant, 'trigger.active')?.detail).toContain('it answers “do not insert” whatever the text is')
  })

  test('latents far longer than embeddings, and NaN in them, are told', async () => {
    const scaled = (factor: number) => (checkpoint: MemGenCheckpoint): MemGenCheckpoint => ({
      ...checkpoint,
      weaver: { ...checkpoint.weaver, promptNorm: { ...checkpoint.weaver.promptNorm!, scale: factor } },
    })
    expect(find(await inspectChanged(scaled(1000)), 'weaver.latent-norms')?.verdict).toBe('warning')
    const fileOf = (name: string) => join(realpathSync(root), 'changed', name)
    const broken = await inspectChanged((checkpoint) => {
      const latents = checkpoint.weaver.inferenceQueryLatents
      const { weight, bias } = checkpoint.trigger.outputLayer!
      return {
        ...checkpoint,
        weaver: { ...checkpoint.weaver, inferenceQueryLatents: { ...latents, data: latents.data.with(0, NaN) } },
        trigger: { ...checkpoint.trigger, outputLayer: { weight, bias: { ...bias, data: bias.data.with(1, Infinity) } } },
      }
    })
    expect(find(broken, 'checkpoint.finite')).toMatchObject({
      verdict: 'error',
      detail: `2 NaN or infinite values in inference_query_latents of ${fileOf('weaver.bin')}, output_layer.bias of ${fileOf('trigger.bin')}.`,
      values: { tensors: ['inference_query_latents', 'output_layer.bias'], files: [fileOf('weaver.bin'), fileOf('trigger.bin')] },
    })
  })

  test('a scale of the query latents that is zero, NaN or infinite is told with its file', async () => {
    const withScales = (prompt: number, inference: number) => (checkpoint: MemGenCheckpoint): MemGenCheckpoint => {
      const { promptNorm, inferenceNorm } = checkpoint.weaver
      return { ...checkpoint, weaver: { ...checkpoint.weaver, promptNorm: { ...promptNorm!, scale: prompt }, inferenceNorm: { ...inferenceNorm!, scale: inference } } }
    }
    const zero = await inspectChanged(withScales(1, 0))
    const file = join(realpathSync(root), 'changed', 'weaver.bin')
    expect(find(zero, 'weaver.latent-scales')).toMatchObject({
      verdict: 'error',
      detail: `Zero: inference_latent_scale of ${file}. It turns all of its query latents into zeros, whatever was trained.`,
      values: { zero: ['inference_latent_scale'], files: [file] },
    })
    const broken = await inspectChanged(withScales(NaN, -Infinity))
    expect(find(broken, 'checkpoint.finite')).toMatchObject({
      verdict: 'error',
      detail: `2 NaN or infinite values in prompt_latent_scale, inference_latent_scale of ${file}.`,
      values: { nonFinite: 2, files: [file, file] },
    })
  })

  test('NaN in an adapter or a projection is told with the file it stands in', async () => {
    const broken = await inspectChanged((checkpoint) => {
      const { projections } = checkpoint
      const { weight, bias } = projections.weaverToReasoner
      const adapter = checkpoint.weaver.adapter!
      const [[name, module]] = [...adapter.modules] as [[string, LoraModule]]
      const modules = new Map(adapter.modules).set(name, { ...module, a: { ...module.a, data: module.a.data.with(0, NaN) } })
      return {
        ...checkpoint,
        weaver: { ...checkpoint.weaver, adapter: { ...adapter, modules } },
        projections: { ...projections, weaverToReasoner: { weight: { ...weight, data: weight.data.with(0, NaN) }, bias } },
      }
    })
    const { tensors, files } = find(broken, 'checkpoint.finite')?.values as { tensors: string[]; files: string[] }
    expect(tensors).toEqual(['weaver_to_reasoner.weight', expect.stringMatching(/^weaver\.layers\.0\..+\.lora_A$/)])
    expect(files).toEqual([expect.stringMatching(/changed\/projs\.bin$/), expect.stringMatching(/changed\/weaver\/.*adapter_model\.safetensors$/)])
  })

  test('NaN in a whole-model checkpoint of several shards is told with its shard', async () => {
    const checkpointDir = join(root, 'shards')
    cpSync(location('seed_variant').checkpointDir, checkpointDir, { recursive: true })
    const read = new Map([...openWeights(checkpointDir).tensors].map(([name, tensor]) => [name, readTensor(tensor)]))
    rmSync(join(checkpointDir, 'model.safetensors'))
    read.get('weaver.inference_query_latents')!.data.set([NaN], 0)
    const shardOf = (name: string) => (name === 'weaver.inference_query_latents' ? 'two.safetensors' : 'one.safetensors')
    for (const shard of ['one.safetensors', 'two.safetensors']) writeSafetensors(join(checkpointDir, shard), new Map([...read].filter(([name]) => shardOf(name) === shard)))
    const weightMap = Object.fromEntries([...read.keys()].map((name) => [name, shardOf(name)]))
    writeFileSync(join(checkpointDir, 'model.safetensors.index.json'), JSON.stringify({ weight_map: weightMap }))
    const check = find(await inspectCheckpoint({ ...location('seed_variant'), checkpointDir }), 'checkpoint.finite')
    expect(check?.detail).toBe(`1 NaN or infinite values in inference_query_latents of ${join(realpathSync(checkpointDir), 'two.safetensors')}.`)
  })

  test('tensors that nothing uses, and a base of another width, are told', async () => {
    const checkpointDir = join(root, 'extra')
    cpSync(location('qwen2').checkpointDir, checkpointDir, { recursive: true })
    writeSafetensors(join(checkpointDir, 'trigger.safetensors'), new Map([...readTorchArchive(join(checkpointDir, 'trigger.bin')), ['old.weight', { dtype: 'F32', shape: [1], data: new Float32Array(1) }]]))
    rmSync(join(checkpointDir, 'trigger.bin'))
    const health = await inspectCheckpoint({ ...location('qwen2'), checkpointDir })
    expect(find(health, 'checkpoint.unused')).toMatchObject({ verdict: 'warning', detail: 'Not used: old.weight.' })
    const misfit = await inspectCheckpoint({ ...location('qwen2'), reasonerDir: location('llama').reasonerDir })
    expect(find(misfit, 'projections.shapes')?.detail).toContain('projs.bin, tensor "reasoner_to_weaver.weight": expected shape [64, 64] for these base models, found [48, 48]')
  })

  test('base weights inside a whole-model checkpoint that differ from the folder, or are missing, are told', async () => {
    const checkpointDir = join(root, 'whole')
    cpSync(location('seed_variant').checkpointDir, checkpointDir, { recursive: true })
    editWeights(checkpointDir, (tensors) => {
      tensors.get('model.model.norm.weight')!.data.set([NaN], 0)
      tensors.delete('weaver.model.base_model.model.model.norm.weight')
    })
    const health = await inspectCheckpoint({ ...location('seed_variant'), checkpointDir })
    expect(find(health, 'reasoner.embedded-base')).toMatchObject({ verdict: 'warning', detail: 'They differ, first in model.norm.weight.' })
    expect(find(health, 'reasoner.embedded.finite')).toMatchObject({ verdict: 'error', detail: `1 NaN or infinite values in model.norm.weight of ${weightsOf(checkpointDir)}.` })
    expect(find(health, 'weaver.embedded-tensors')).toMatchObject({ verdict: 'error', detail: 'Missing: model.norm.weight.' })
  })

  test('an unreadable checkpoint keeps the checks of its base model', async () => {
    const checkpointDir = join(root, 'truncated')
    cpSync(location('qwen2').checkpointDir, checkpointDir, { recursive: true })
    writeFileSync(join(checkpointDir, 'projs.bin'), readFileSync(join(checkpointDir, 'projs.bin')).subarray(0, 1000))
    const health = await inspectCheckpoint({ ...location('qwen2'), checkpointDir })
    expect(health).toMatchObject({ kind: 'unreadable', verdict: 'error', memory: null })
    expect(find(health, 'checkpoint.readable')?.detail).toContain('projs.bin')
    expect(find(health, 'reasoner.tensors')?.verdict).toBe('ok')
  })
})

describe('memory', () => {
  test('a weaver with a base of its own is a second copy', async () => {
    const weaverDir = copyBase()
    editWeights(weaverDir, (tensors) => tensors.get('model.norm.weight')!.data.set([2], 0))
    const { memory } = await inspectCheckpoint({ ...location('qwen2'), weaverDir })
    expect(memory).toMatchObject({ baseCopies: 2, reason: '2 copies, since the base weights differ: reasoner and trigger; weaver.' })
  })

  test('bfloat16 weights take twice their file size as float32', async () => {
    const { memory } = await inspectCheckpoint({ reasonerDir: join(golden, 'llama', 'base') })
    const embeddings = 304 * 64
    const layer = 2 * 64 + 2 * 64 * 64 + 2 * 32 * 64 + 3 * 112 * 64
    expect(memory?.weightsBytes).toBe(4 * (embeddings + 4 * layer + 64))
  })
})
