/** @file A role is a decoder session seen through one adapter: reasoner, weaver and trigger may share the session. */
import type { LoraAdapter } from '../checkpoint/index.ts'
import { isLengthDependent } from '../decoder/rope.ts'
import type { AdapterFeeds, AdapterModule, AdapterModules } from '../runtime/adapter-feeds.ts'
import type { DecoderSession, RowOutput } from '../runtime/decoder-session.ts'
import type { KeyValueCache } from '../runtime/key-value-cache.ts'
import type { RowInput } from '../runtime/ragged-batch.ts'

export class Role {
  readonly session: DecoderSession
  /** Empty for the frozen base itself. */
  readonly adapter: AdapterModules
  readonly #feeds: AdapterFeeds

  /** @param adapter undefined for the frozen base itself */
  constructor(session: DecoderSession, adapter: LoraAdapter | undefined) {
    this.session = session
    this.adapter = adapter === undefined ? new Map() : scaledModules(adapter)
    this.#feeds = session.adapterFeeds(this.adapter)
  }

  /** Whether what was read stays valid however long a context gets. */
  get hasStableCache(): boolean {
    return this.session.config.ropeScaling.type !== 'dynamic'
  }

  /** Whether a context of this length is read at other angles than a shorter one. */
  isLengthDependent(length: number): boolean {
    return isLengthDependent(this.session.config, length)
  }

  newCache(rowCount: number): KeyValueCache {
    return this.session.newCache(rowCount)
  }

  /**
   * Makes ready to read a context that grows to `length`: forgets what has dynamic rotary angles of a shorter one.
   * Returns the position to read from.
   */
  readFrom(cache: KeyValueCache, row: number, length: number): number {
    if (this.isLengthDependent(length)) cache.truncate(row, 0)
    return cache.length(row)
  }

  /** Appends each input to its row and returns what was asked for, in the order of `inputs`. */
  forward(cache: KeyValueCache, inputs: readonly RowInput[]): Promise<RowOutput[]> {
    return this.session.forward(cache, this.#feeds, inputs)
  }
}

/** Multiplies alpha / r into B, so that the graph needs no scale (docs/REFERENCE.md 1.9). */
function scaledModules(adapter: LoraAdapter): Map<string, AdapterModule> {
  const modules = new Map<string, AdapterModule>()
  for (const [module, { a, b, scaling }] of adapter.modules) {
    const [rank] = a.shape
    if (rank === undefined) throw new Error(`internal: LoRA factor A of ${module} has no rank`)
    modules.set(module, { rank, a: a.data, b: b.data.map((value) => value * scaling) })
  }
  return modules
}
