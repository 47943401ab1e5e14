/**
 * @file The trigger's question and the reasoner's next token of a single row in one run (docs/DESIGN.md 4.7). Decoding one row is bound by
 * reading the weights, so where the trigger is asked the reasoner reads the same weights with it: if nothing is inserted, its logits are
 * there already. It takes no decision.
 */
import type { RowOutput } from '../runtime/decoder-session.ts'
import type { RowInput } from '../runtime/ragged-batch.ts'
import type { MemGenModel } from './memgen-model.ts'
import { RIDING_PLACES, type Riders } from './riders.ts'
import type { RolloutCaches } from './rollout-caches.ts'
import type { RolloutRow } from './rollout-row.ts'
import type { TriggerLogits } from './trigger.ts'

/** What the reasoner said of a context when it was read for the trigger's sake. */
interface ReadAhead {
  readonly contextLength: number
  readonly output: RowOutput
}

export class Riding {
  readonly #model: MemGenModel
  readonly #riders: Riders
  readonly #caches: RolloutCaches
  readonly #rows: readonly RolloutRow[]
  #ahead: ReadAhead | null = null

  /** @param rows the rollout's own array, of a single row */
  constructor(model: MemGenModel, riders: Riders, caches: RolloutCaches, rows: readonly RolloutRow[]) {
    this.#model = model
    this.#riders = riders
    this.#caches = caches
    this.#rows = rows
  }

  /** The trigger's logits at the last token. */
  async askTrigger(): Promise<TriggerLogits> {
    const trigger = this.#model.memory?.trigger
    const { shared, reasoner, trigger: ofTrigger } = this.#caches
    if (trigger === undefined || ofTrigger === undefined || shared === null) throw new Error('internal: a question without a trigger to ride with')
    const { context, ids } = this.#row
    const start = reasoner.length(0)
    const slice = context.from(start)
    const inputs: RowInput[] = [
      { row: RIDING_PLACES.reasoner, ...slice, positions: slice.ids.map((_, index) => start + index), wantLogits: true },
      { ...trigger.unread(ofTrigger, { row: 0, ids }), row: RIDING_PLACES.trigger },
    ]
    const [ofReasoner, answer] = await this.#riders.session.forward(shared, this.#riders.feeds, inputs)
    if (ofReasoner === undefined || answer === undefined) throw new Error('internal: a role had nothing to read')
    this.#ahead = { contextLength: context.length, output: ofReasoner }
    return trigger.classify(answer)
  }

  /** Next-token logits of the reasoner, where they were read with a question and nothing was inserted since; else null. */
  takeRead(): RowOutput | null {
    const ahead = this.#ahead
    this.#ahead = null
    return ahead?.contextLength === this.#row.context.length ? ahead.output : null
  }

  /** Takes back what was read ahead, with the caches. */
  forget(): void {
    this.#ahead = null
  }

  get #row(): RolloutRow {
    const [row] = this.#rows
    if (row === undefined) throw new Error('internal: the rollout has no row')
    return row
  }
}
