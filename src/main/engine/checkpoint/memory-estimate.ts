/** @file How much memory a model will take before it is loaded. Knows shapes and files, measures nothing. */
import type { MemoryEstimate } from '../../../shared/domain/health.ts'
import { elementCount } from '../tensor/dtype.ts'
import type { Role } from './base-health.ts'
import { expectedTensors, type DecoderConfig } from './decoder-config.ts'

/** One copy of base weights and the roles that use it. */
export interface BaseCopy {
  readonly roles: readonly Role[]
  readonly config: DecoderConfig
}

/** Highest use while loading over the float32 weights, prepacking included (docs/DESIGN.md 4.5). */
const loadingFactor = 1.2

/** `memoryPartsBytes`: adapters, latents and projections as float32. */
export function estimateMemory(copies: readonly BaseCopy[], memoryPartsBytes: number): MemoryEstimate {
  const weightsBytes = copies.reduce((sum, { config }) => sum + float32Bytes(config), 0)
  const cacheBytesPerToken = copies.reduce((sum, { roles, config }) => sum + roles.length * cacheRowBytes(config), 0)
  return {
    baseCopies: copies.length,
    weightsBytes,
    memoryPartsBytes,
    cacheBytesPerToken,
    peakBytes: Math.ceil(weightsBytes * loadingFactor) + memoryPartsBytes,
    reason: explain(copies),
  }
}

function float32Bytes(config: DecoderConfig): number {
  return [...expectedTensors(config).values()].reduce((sum, shape) => sum + elementCount(shape) * 4, 0)
}

/** A key and a value row in every layer, float32. */
function cacheRowBytes(config: DecoderConfig): number {
  return 2 * config.numHiddenLayers * config.numKeyValueHeads * config.headDim * 4
}

function explain(copies: readonly BaseCopy[]): string {
  const [first] = copies
  if (copies.length === 1 && first) {
    return first.roles.length === 1 ? 'Only the reasoner is used.' : `One copy: ${joinRoles(first.roles)} share one base model.`
  }
  return `${copies.length} copies, since the base weights differ: ${copies.map(({ roles }) => joinRoles(roles)).join('; ')}.`
}

function joinRoles(roles: readonly Role[]): string {
  return roles.length < 2 ? roles.join('') : `${roles.slice(0, -1).join(', ')} and ${roles.at(-1)}`
}
