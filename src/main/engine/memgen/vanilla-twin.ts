/**
 * @file The reasoner without memory beside a rollout: it reads the same tokens and no latents, in runs of its own, so that nothing it
 * does changes a number of the rollout. It draws nothing.
 */
import type { KeyValueCache } from '../runtime/key-value-cache.ts'
import { repeatReads, type ReadRow } from './repeated-reads.ts'
import type { Role } from './role.ts'
import type { RolloutRow } from './rollout-row.ts'

export class VanillaTwin {
  readonly #reasoner: Role
  readonly #rows: readonly RolloutRow[]
  readonly #cache: KeyValueCache

  /** @param rows the rollout's own array: rows may be replaced in it */
  constructor(reasoner: Role, rows: readonly RolloutRow[], cache: KeyValueCache = reasoner.newCache(rows.length)) {
    this.#reasoner = reasoner
    this.#rows = rows
    this.#cache = cache
  }

  /** Next-token logits `[vocab]` after all tokens of each row, which it catches up with. */
  async read(indices: readonly number[]): Promise<Float32Array[]> {
    if (!this.#reasoner.hasStableCache) for (const row of indices) await repeatReads(this.#reasoner, this.#cache, this.#readRow(row))
    const inputs = indices.map((row) => {
      const start = this.#cache.length(row)
      const ids = this.#row(row).ids.slice(start)
      return { row, ids, positions: ids.map((_, place) => start + place), wantLogits: true }
    })
    const outputs = await this.#reasoner.forward(this.#cache, inputs)
    return outputs.map(({ logits }, place) => {
      if (logits === undefined) throw new Error(`internal: the twin returned no logits for row ${indices[place]}`)
      return logits
    })
  }

  /** Goes back with a row that was rewound or replaced. */
  rewind(index: number): void {
    this.#cache.truncate(index, this.#readBefore(index, this.#row(index)))
  }

  /** A twin of the one row that `row` forked off. */
  fork(index: number, row: RolloutRow): VanillaTwin {
    return new VanillaTwin(this.#reasoner, [row], this.#cache.fork(index, this.#readBefore(index, row)))
  }

  dispose(): void {
    this.#cache.dispose()
  }

  /** How much of the cache a row's next step finds: all but its last token, or nothing where that step is the first or keys may be of a longer text. */
  #readBefore(index: number, { stepIndex, ids }: RolloutRow): number {
    return stepIndex === 0 || !this.#reasoner.hasStableCache ? 0 : Math.min(this.#cache.length(index), ids.length - 1)
  }

  /** The twin reads the prompt, then token by token. */
  #readRow(row: number): ReadRow {
    const { ids, stepIndex } = this.#row(row)
    const reads = Array.from({ length: stepIndex + 1 }, (_, step) => ({ length: ids.length - stepIndex + step, hasNewLatents: false }))
    return { row, reads, slice: (start, end) => ({ ids: ids.slice(start, end), latents: new Float32Array(0) }) }
  }

  #row(index: number): RolloutRow {
    const row = this.#rows[index]
    if (row === undefined) throw new Error(`internal: the rollout has no row ${index}`)
    return row
  }
}
