/**
 * @file How much memory a model will take before it is loaded. Knows shapes and sizes of files, measures no process.
 *
 * Counted is what the engine process has in memory at its highest: its private pages and those of mapped weight files that it reads. The
 * system can take the latter back, but a model whose pages are gone is read from the disk again at every token: without them it cannot be used.
 */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import type { MemoryEstimate } from '../../../shared/domain/health.ts'
import type { Placement, Precision } from '../../../shared/domain/model.ts'
import { elementCount } from '../tensor/dtype.ts'
import type { Role } from './base-health.ts'
import { expectedTensors, type DecoderConfig } from './decoder-config.ts'
import type { TensorLocation } from './safetensors.ts'

/** What an estimate needs to know of a base. */
export interface MeasuredBase {
  readonly roles: readonly Role[]
  readonly config: DecoderConfig
  readonly locations: ReadonlyMap<string, Pick<TensorLocation, 'dtype'>>
}

export interface EstimateOptions {
  /** Whether large models are mapped and packed beside; else all are packed while they are opened. @default true */
  readonly savesPacked?: boolean
  /** Size of tokenizer.json. @default 0 */
  readonly tokenizerBytes?: number
}

/**
 * Up to this size of float32 weights a base is packed while it is opened, which takes 1 to 4 ms a megabyte (docs/LOG.md): up to a second that
 * nobody has to manage.
 */
const DIRECT_PACKING_BYTES = 256 * 2 ** 20

/** Node, ONNX Runtime's library and our code, before anything is loaded (bench/memory.ts). */
export const ENGINE_BYTES = 120e6
/** ONNX Runtime's structures of a base's graph, its threads and the small sessions beside it. */
const BASE_BYTES = 28e6
const LAYER_BYTES = 0.7e6
/** Dawn and the driver, as far as they are the process's own; software drivers take all of the device's memory here as well. */
const DEVICE_RUNTIME_BYTES = 150e6

/** ONNX Runtime's structures for quantised products, besides. */
const QUANTIZED_BYTES = 30e6

/** What a tokenizer takes over the size of its file: measured with 151,600 tokens in 6.7 MB. */
const TOKENIZER_FACTOR = 24

/** Bytes a weight takes in blocks of 32 with a float32 scale; packed for the CPU each block has its scale again, and a float32 sum. */
const quantizedBytes = { q8: { stored: 1 + 4 / 32, packed: 1 + 12 / 32 }, q4: { stored: 1 / 2 + 4 / 32, packed: 1 / 2 + 12 / 32 } } as const satisfies Record<Exclude<Precision, 'f32'>, object>

/** `memoryPartsBytes`: adapters, latents and projections as float32. */
export function estimateMemory(bases: readonly MeasuredBase[], memoryPartsBytes: number, placement: Placement, options: EstimateOptions = {}): MemoryEstimate {
  const held = bases.map((base) => holdBase(base, placement, options))
  const sum = (part: keyof HeldBase): number => Math.round(held.reduce((total, base) => total + base[part], 0))
  const tokenizerBytes = TOKENIZER_FACTOR * (options.tokenizerBytes ?? 0)
  const others = ENGINE_BYTES + (placement.device === 'cpu' ? 0 : DEVICE_RUNTIME_BYTES) + tokenizerBytes + 2 * memoryPartsBytes // as read, and as fed to the graph
  const residentBytes = others + sum('residentBytes')
  return {
    ...placement,
    baseCopies: bases.length,
    weightsBytes: sum('weightsBytes'),
    memoryPartsBytes,
    cacheBytesPerToken: bases.reduce((total, { roles, config }) => total + roles.length * cacheRowBytes(config), 0),
    peakBytes: others + peakOf(held),
    residentBytes,
    deviceBytes: sum('deviceBytes'),
    sideFileBytes: sum('sideFileBytes'),
    reason: explain(bases),
  }
}

/** Float32 weights of a base, as they are read. */
export function unpackedBytes({ config, roles }: Pick<MeasuredBase, 'config' | 'roles'>): number {
  return sumSizes(matricesAndVectors(config, roles)) * 4
}

/** Whether a base is packed while it is opened, rather than beside. */
export function packsDirectly(base: Pick<MeasuredBase, 'config' | 'roles'>): boolean {
  return unpackedBytes(base) <= DIRECT_PACKING_BYTES
}

/** Size of a folder of packed weights: ONNX Runtime saves every tensor as it is and packed besides, and a tied head apart from its table. */
export function packedFileBytes({ config, roles, locations }: MeasuredBase): number {
  const table = tableSize(config) * storedBytes(locations)
  return table + sumSizes(vectors(config)) * 4 + sumSizes(matrices(config, roles)) * 8
}

/** Size of a model folder's tokenizer.json; 0 where there is none. */
export function tokenizerFileBytes(directory: string): number {
  return statSync(join(directory, 'tokenizer.json'), { throwIfNoEntry: false })?.size ?? 0
}

interface HeldBase {
  readonly weightsBytes: number
  /** Above `residentBytes` while it is opened, for a moment. */
  readonly passingBytes: number
  /** While it is opened less is resident than later, where pages are only mapped. */
  readonly openedBytes: number
  readonly residentBytes: number
  readonly deviceBytes: number
  readonly sideFileBytes: number
}

function holdBase(base: MeasuredBase, { device, precision }: Placement, { savesPacked = true }: EstimateOptions): HeldBase {
  const { config, roles, locations } = base
  const all = matrices(config, roles)
  const largest = Math.max(...all.map(elementCount))
  const structures = BASE_BYTES + LAYER_BYTES * config.numHiddenLayers
  const vectorBytes = sumSizes(vectors(config)) * 4
  if (precision !== 'f32') {
    const { stored, packed } = quantizedBytes[precision]
    const size = sumSizes(all)
    const table = tableSize(config)
    const sideFileBytes = (size + (config.tieWordEmbeddings ? 0 : table)) * stored
    const weightsBytes = (device === 'cpu' ? size * packed : (size + table) * stored) + vectorBytes
    if (device !== 'cpu') return onDevice(weightsBytes, structures, largest * stored, sideFileBytes)
    const residentBytes = weightsBytes + structures + QUANTIZED_BYTES
    return { weightsBytes, passingBytes: largest * stored, openedBytes: residentBytes, residentBytes, deviceBytes: 0, sideFileBytes }
  }
  const weightsBytes = sumSizes(all) * 4 + vectorBytes
  if (device !== 'cpu') return onDevice(weightsBytes + tableSize(config) * 4, structures, largest * 4, 0)
  const residentBytes = weightsBytes + structures
  const isMapped = savesPacked && !packsDirectly(base)
  if (!isMapped) return { weightsBytes, passingBytes: largest * 4, openedBytes: residentBytes, residentBytes, deviceBytes: 0, sideFileBytes: 0 }
  const isHalf = storedBytes(locations) < 4
  // Half precision is widened into memory of its own; float32 is only mapped, and read when something is generated.
  return { weightsBytes, passingBytes: isHalf ? largest * 4 : 0, openedBytes: isHalf ? residentBytes : structures, residentBytes, deviceBytes: 0, sideFileBytes: packedFileBytes(base) }
}

function onDevice(deviceBytes: number, structures: number, passingBytes: number, sideFileBytes: number): HeldBase {
  return { weightsBytes: deviceBytes, passingBytes, openedBytes: structures, residentBytes: structures, deviceBytes, sideFileBytes }
}

/** Bases are opened one after the other. */
function peakOf(held: readonly HeldBase[]): number {
  let before = 0
  let peak = 0
  for (const { openedBytes, passingBytes } of held) {
    peak = Math.max(peak, before + openedBytes + passingBytes)
    before += openedBytes
  }
  return Math.round(Math.max(peak, before))
}

/** Shapes [out, in] that are multiplied with, the head's included where a role needs it. */
function matrices(config: DecoderConfig, roles: readonly Role[]): (readonly number[])[] {
  const layers = [...expectedTensors(config, { lmHead: false })].filter(([name, shape]) => shape.length === 2 && name !== TABLE).map(([, shape]) => shape)
  return roles.includes('reasoner') ? [...layers, [config.vocabSize, config.hiddenSize]] : layers
}

function vectors(config: DecoderConfig): (readonly number[])[] {
  return [...expectedTensors(config).values()].filter(({ length }) => length === 1)
}

function matricesAndVectors(config: DecoderConfig, roles: readonly Role[]): (readonly number[])[] {
  return [...matrices(config, roles), ...vectors(config)]
}

const TABLE = 'model.embed_tokens.weight'

/** Few of its rows are read, so it counts only where it is copied. */
function tableSize(config: DecoderConfig): number {
  return config.vocabSize * config.hiddenSize
}

/** Bytes a weight takes in the base's own files. */
function storedBytes(locations: MeasuredBase['locations']): number {
  return locations.get(TABLE)?.dtype === 'F32' ? 4 : 2
}

function sumSizes(shapes: readonly (readonly number[])[]): number {
  return shapes.reduce((sum, shape) => sum + elementCount(shape), 0)
}

/** A key and a value row in every layer, float32. */
function cacheRowBytes(config: DecoderConfig): number {
  return 2 * config.numHiddenLayers * config.numKeyValueHeads * config.headDim * 4
}

function explain(bases: readonly MeasuredBase[]): string {
  const [first] = bases
  if (bases.length === 1 && first) {
    return first.roles.length === 1 ? 'Only the reasoner is used.' : `One copy: ${joinRoles(first.roles)} share one base model.`
  }
  return `${bases.length} copies, since the base weights differ: ${bases.map(({ roles }) => joinRoles(roles)).join('; ')}.`
}

function joinRoles(roles: readonly Role[]): string {
  return roles.length < 2 ? roles.join('') : `${roles.slice(0, -1).join(', ')} and ${roles.at(-1)}`
}
