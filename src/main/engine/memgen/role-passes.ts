/**
 * @file What the three roles compute for rows of a rollout: the trigger's logits, the weaver's latents, the reasoner's
 * next-token logits. It takes no decision and draws nothing.
 */
import type { RowOutput } from '../runtime/decoder-session.ts'
import type { RowInput } from '../runtime/ragged-batch.ts'
import type { MemGenModel } from './memgen-model.ts'
import type { RolloutCaches } from './rollout-caches.ts'
import type { RolloutRow } from './rollout-row.ts'
import { weaveKindAt } from './row-plan.ts'
import { repeatReads, type ReadRow } from './repeated-reads.ts'
import { Riding } from './riding.ts'
import { PromptAnswers, readPromptsOnce } from './shared-prompts.ts'
import type { TriggerLogits } from './trigger.ts'
import type { WeaveRequest, WovenLatents } from './weaver.ts'

/** Every pass takes indices of rows and returns its results in their order; caches take in what is new. */
export class RolePasses {
  readonly #model: MemGenModel
  readonly #caches: RolloutCaches
  readonly #rows: readonly RolloutRow[]
  #promptLogits = new PromptAnswers<TriggerLogits>()
  #promptLatents = new PromptAnswers<WovenLatents>()
  readonly #riding: Riding | null

  /** @param rows the rollout's own array: rows may be replaced in it */
  constructor(model: MemGenModel, caches: RolloutCaches, rows: readonly RolloutRow[]) {
    this.#model = model
    this.#caches = caches
    this.#rows = rows
    this.#riding = caches.shared === null || model.riders === null ? null : new Riding(model, model.riders, caches, rows)
  }

  /** Logits of the trained trigger at the last token of each row. */
  askTrigger(indices: readonly number[]): Promise<TriggerLogits[]> {
    const trigger = this.#model.memory?.trigger
    const cache = this.#caches.trigger
    if (trigger === undefined || cache === undefined) throw new Error('internal: a question without a trigger')
    const reader = { cache, isStable: trigger.hasStableCache }
    const riding = this.#riding
    if (riding !== null) return this.#promptLogits.ask(this.#rows, indices, async () => [await riding.askTrigger()])
    const ask = (some: readonly number[]): Promise<TriggerLogits[]> => trigger.ask(cache, some.map((row) => ({ row, ids: this.#row(row).ids })))
    return this.#promptLogits.ask(this.#rows, indices, (some) => readPromptsOnce(reader, this.#rows, some, ask))
  }

  /** Latents for the next insertion of each row. */
  weave(indices: readonly number[]): Promise<WovenLatents[]> {
    const weaver = this.#model.memory?.weaver
    const cache = this.#caches.weaver
    if (weaver === undefined || cache === undefined) throw new Error('internal: an insertion without a weaver')
    const reader = { cache, isStable: weaver.hasStableCache }
    const request = (row: number): WeaveRequest => ({ row, kind: weaveKindAt(this.#row(row).stepIndex), context: this.#row(row).context })
    const weave = (some: readonly number[]): Promise<WovenLatents[]> => weaver.weave(cache, some.map(request))
    return this.#promptLatents.ask(this.#rows, indices, (some) => readPromptsOnce(reader, this.#rows, some, weave))
  }

  /** Next-token logits of the reasoner. */
  async read(indices: readonly number[]): Promise<RowOutput[]> {
    const ahead = indices.length > 0 ? this.#riding?.takeRead() : null
    if (ahead != null) return [ahead]
    const { reasoner } = this.#model
    const cache = this.#caches.reasoner
    const reader = { cache, isStable: reasoner.hasStableCache }
    if (!reader.isStable) for (const row of indices) await repeatReads(reasoner, cache, this.#readRow(row))
    return readPromptsOnce(reader, this.#rows, indices, (some) => reasoner.forward(cache, some.map((row) => this.#unread(row))))
  }

  /** Drops what was found before it was wanted: a row that is taken back finds the same again only if it asks as it did at first. */
  forget(): void {
    this.#riding?.forget()
    this.#promptLogits = new PromptAnswers()
    this.#promptLatents = new PromptAnswers()
  }

  /** What the reasoner has not read of a row's context. */
  #unread(row: number): RowInput {
    const start = this.#caches.reasoner.length(row)
    const slice = this.#row(row).context.from(start)
    return { row, ...slice, positions: slice.ids.map((_, index) => start + index), wantLogits: true }
  }

  #readRow(row: number): ReadRow {
    const { context } = this.#row(row)
    return { row, reads: this.#row(row).reads(), slice: (start, end) => context.from(start, end) }
  }

  #row(index: number): RolloutRow {
    const row = this.#rows[index]
    if (row === undefined) throw new Error(`internal: the rollout has no row ${index}`)
    return row
  }
}
