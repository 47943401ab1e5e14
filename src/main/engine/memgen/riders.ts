/** @file What reasoner and trigger need to share a run: one session, one feed with both adapters, a cache with a row for each. It runs nothing. */
import type { Placement } from '../../../shared/domain/model.ts'
import { expectedTensors, type DecoderConfig } from '../checkpoint/index.ts'
import type { AdapterFeeds, AdapterModules } from '../runtime/adapter-feeds.ts'
import { CpuCache } from '../runtime/cpu-cache.ts'
import type { DecoderSession } from '../runtime/decoder-session.ts'
import { elementCount } from '../tensor/dtype.ts'

/** Rows of the cache that the roles share when they ride together. */
export const RIDING_PLACES = { reasoner: 0, trigger: 1 } as const

/** Fewer weights than these, 256 MB as float32, are read so fast that a further row costs about as much as the first. */
const LEAST_WEIGHTS = 2 ** 26

/**
 * Whether roles on one base had better ride together (docs/decisions/0016-roles-ride-together.md): where a run of its own costs more than the
 * padding beside a longer row. With quantised weights, which are read faster, and on a device it was not measured.
 */
export function ridingPays({ device, precision }: Placement, config: DecoderConfig): boolean {
  const weights = [...expectedTensors(config).values()].reduce((sum, shape) => sum + elementCount(shape), 0)
  return device === 'cpu' && precision === 'f32' && weights >= LEAST_WEIGHTS
}

/** The session that both roles share, with the trigger's adapter on its row alone. */
export class Riders {
  readonly session: DecoderSession
  readonly feeds: AdapterFeeds

  constructor(session: DecoderSession, ofTrigger: AdapterModules) {
    this.session = session
    this.feeds = session.adapterFeedsPerRow([new Map(), ofTrigger])
  }

  /** A row for each role. */
  newCache(): CpuCache {
    return new CpuCache(this.session.config, Object.keys(RIDING_PLACES).length)
  }
}
