/** @file Whether two roles' bases are one model, so that one copy in memory serves both. Loads nothing. */
import { expectedTensors, type DecoderConfig } from './decoder-config.ts'
import type { WeightIndex } from './weight-index.ts'
import { findDifference, type ScanOptions } from './weight-scan.ts'

export interface RoleBase {
  readonly config: DecoderConfig
  readonly weights: WeightIndex
}

/**
 * Equal configuration and equal bytes, be it the same file or a copy of it, as the earlier layout stores one per role
 * (docs/REFERENCE.md 8). The head does not count: only the reasoner has one.
 */
export async function isSameBase(left: RoleBase, right: RoleBase, options: ScanOptions = {}): Promise<boolean> {
  if (computedShape(left.config) !== computedShape(right.config)) return false
  const names = expectedTensors(left.config, { lmHead: false }).keys()
  return (await findDifference(left.weights, right.weights, names, options)) === undefined
}

/** What the configuration changes in the computation; names of special tokens and of the stored dtype do not. */
function computedShape(config: DecoderConfig): string {
  return JSON.stringify({ ...config, bosTokenId: null, eosTokenIds: [], torchDtype: null })
}
