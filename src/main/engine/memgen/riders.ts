/** @file What roles need to share runs: one session, one feed with all their adapters, a cache with a row for each. It runs nothing. */
import type { Placement } from '../../../shared/domain/model.ts'
import { expectedTensors, type DecoderConfig } from '../checkpoint/index.ts'
import type { AdapterFeeds, AdapterModules } from '../runtime/adapter-feeds.ts'
import { CpuCache } from '../runtime/cpu-cache.ts'
import type { DecoderSession } from '../runtime/decoder-session.ts'
import { elementCount } from '../tensor/dtype.ts'

/** Rows of the cache that roles share when they ride together. */
export const RIDING_PLACES = { reasoner: 0, weaver: 1, trigger: 2 } as const

/** Fewer weights than these, 256 MB as float32, are read so fast that a further row costs about as much as the first. */
const LEAST_WEIGHTS = 2 ** 26

/**
 * Whether roles on one base had better ride together. Quantised products take a quarter longer with three rows than with one, in 4 bits
 * a third (docs/LOG.md), which is more than what riding saves; on a device it was not measured.
 */
export function ridingPays({ device, precision }: Placement, config: DecoderConfig): boolean {
  const weights = [...expectedTensors(config).values()].reduce((sum, shape) => sum + elementCount(shape), 0)
  return device === 'cpu' && precision === 'f32' && weights >= LEAST_WEIGHTS
}

/** The session that all roles share, with their adapters in one feed. */
export class Riders {
  readonly session: DecoderSession
  readonly feeds: AdapterFeeds
  readonly #roleCount: number

  /** @param adapters in the order of RIDING_PLACES, the reasoner's being empty */
  constructor(session: DecoderSession, adapters: readonly AdapterModules[]) {
    this.session = session
    this.feeds = session.adapterFeedsPerRow(adapters)
    this.#roleCount = adapters.length
  }

  /** A row for each role. */
  newCache(): CpuCache {
    return new CpuCache(this.session.config, this.#roleCount)
  }
}
