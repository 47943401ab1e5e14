/** @file A LoRA adapter as PEFT saves it: folder to tensors by module. Knows no base model except to check shapes against one. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { HostTensor } from '../tensor/host-tensor.ts'
import { loraOfModule, loraScaling, readLoraConfig, type LoraConfig } from './adapter-config.ts'
import { layerLinearShapes, type DecoderConfig } from './decoder-config.ts'
import { CheckpointFormatError, quote, showShape } from './errors.ts'
import { readStateDict } from './state-dict.ts'

/** y = W x + b + scaling * B (A x) (docs/REFERENCE.md 1.9). */
export interface LoraModule {
  /** `[rank, in]` float32. */
  readonly a: HostTensor
  /** `[out, rank]` float32. */
  readonly b: HostTensor
  readonly scaling: number
}

export interface LoraAdapter {
  /** The file with the tensors, for messages. */
  readonly path: string
  /** Rank, alpha and scaling of modules that no pattern singles out; each module's own are in `modules`. */
  readonly rank: number
  readonly alpha: number
  readonly scaling: number
  readonly useRslora: boolean
  /** Endings of the names of adapted modules; whole names where a regular expression chose them. */
  readonly targetModules: readonly string[]
  /** What it was trained with: the probability that an input of A is dropped. */
  readonly dropout: number
  /** By module name below the decoder, e.g. `layers.3.self_attn.q_proj`. */
  readonly modules: ReadonlyMap<string, LoraModule>
}

const weightFiles = ['adapter_model.safetensors', 'adapter_model.bin'] as const

/** Whether `directory` looks like a PEFT adapter. */
export function isAdapterDirectory(directory: string): boolean {
  return existsSync(join(directory, 'adapter_config.json'))
}

/** Reads an adapter folder. Throws CheckpointFormatError naming the file and the option or tensor. */
export function readAdapter(directory: string): LoraAdapter {
  const config = readLoraConfig(join(directory, 'adapter_config.json'))
  const name = weightFiles.find((file) => existsSync(join(directory, file)))
  if (!name) throw new CheckpointFormatError({ path: directory }, `expected ${weightFiles.join(' or ')}, found neither`)
  const path = join(directory, name)
  return buildAdapter(path, config, readStateDict(path))
}

/**
 * Sorts `...layers.N.<module>.lora_A[.<adapter name>].weight` tensors by module. Any prefix of `base_model.model.` and `model.`
 * is accepted: forks and double wrapping differ in it.
 */
export function buildAdapter(path: string, config: LoraConfig, tensors: ReadonlyMap<string, HostTensor>): LoraAdapter {
  const halves = new Map<string, { a?: HostTensor; b?: HostTensor }>()
  const adapterNames = new Set<string>()
  for (const [tensorName, tensor] of tensors) {
    const found = loraTensorOf(tensorName)
    if (found === null) {
      throw new CheckpointFormatError({ path, tensorName }, 'expected only lora_A and lora_B weights of decoder layers, found this')
    }
    const { module, half, adapterName } = found
    adapterNames.add(adapterName)
    const entry = halves.get(module) ?? {}
    if (entry[half]) throw new CheckpointFormatError({ path, tensorName }, `expected one lora_${half.toUpperCase()} of ${module}, found two`)
    halves.set(module, { ...entry, [half]: tensor })
  }
  if (adapterNames.size > 1) {
    throw new CheckpointFormatError({ path }, `expected one adapter, found ${[...adapterNames].map(quote).join(', ')}`)
  }
  const modules = new Map([...halves].map(([module, pair]) => [module, joinHalves(path, config, module, pair)]))
  const { rank, alpha, useRslora, dropout } = config
  // PEFT would take a list of one expression for the ending of a name.
  const targetModules = config.targetModules ?? [...modules.keys()]
  return { path, rank, alpha, scaling: loraScaling(alpha, rank, useRslora), useRslora, targetModules, dropout, modules }
}

/** What a tensor of this name is: half A or B of a module such as `layers.3.self_attn.q_proj`; null for any other tensor. */
export function loraTensorOf(tensorName: string): { module: string; half: 'a' | 'b'; adapterName: string } | null {
  const [, module, half, adapterName = ''] = /^(?:base_model\.model\.)*(?:model\.)*(layers\.\d+\.\w+\.\w+)\.lora_([AB])(?:\.([^.]+))?\.weight$/.exec(tensorName) ?? []
  return module === undefined ? null : { module, half: half === 'A' ? 'a' : 'b', adapterName }
}

/** Checks that every module exists in a decoder of this shape. Throws CheckpointFormatError. */
export function verifyAdapter(adapter: LoraAdapter, config: DecoderConfig): void {
  const shapes = layerLinearShapes(config)
  for (const [module, { a, b }] of adapter.modules) {
    const place = { path: adapter.path, tensorName: module }
    const [, layer, kind] = /^layers\.(\d+)\.(.+)$/.exec(module) ?? []
    const shape = kind !== undefined && Object.hasOwn(shapes, kind) ? shapes[kind] : undefined
    if (!shape || Number(layer) >= config.numHiddenLayers) {
      const problem = `expected a linear module of a ${config.modelType} with ${config.numHiddenLayers} layers, found no such module there`
      throw new CheckpointFormatError(place, problem)
    }
    const [outSize, inSize] = shape
    if (a.shape[1] !== inSize || b.shape[0] !== outSize) {
      const problem = `expected lora_A [r, ${inSize}] and lora_B [${outSize}, r] for this base model, found ${showShape(a.shape)} and ${showShape(b.shape)}`
      throw new CheckpointFormatError(place, problem)
    }
  }
}

function joinHalves(path: string, config: LoraConfig, module: string, { a, b }: { a?: HostTensor; b?: HostTensor }): LoraModule {
  const place = { path, tensorName: module }
  if (!a || !b) throw new CheckpointFormatError(place, `expected lora_A and lora_B, found only lora_${a ? 'A' : 'B'}`)
  const { rank, scaling } = loraOfModule(config, `model.${module}`)
  if (a.shape.length !== 2 || b.shape.length !== 2 || a.shape[0] !== rank || b.shape[1] !== rank) {
    const problem = `expected lora_A [${rank}, in] and lora_B [out, ${rank}], found ${showShape(a.shape)} and ${showShape(b.shape)}`
    throw new CheckpointFormatError(place, problem)
  }
  return { a, b, scaling }
}
