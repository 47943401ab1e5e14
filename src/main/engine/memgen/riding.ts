/**
 * @file The roles of a single row in one run (docs/DESIGN.md 4.7). Decoding one row is bound by reading the weights, so the trigger and the
 * weaver follow token by token in the reasoner's runs at hardly any cost: the trigger's answer is there with the reasoner's logits, and a
 * weave has only its queries left to read. It takes no decision.
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
    const { reasoner, trigger } = await this.#run()
    if (trigger === undefined || this.#model.memory?.trigger === undefined) throw new Error('internal: a question without a trigger')
    this.#ahead = { contextLength: this.#row.context.length, output: reasoner }
    return this.#model.memory.trigger.classify(trigger)
  }

  /** Next-token logits of the reasoner. */
  async read(): Promise<RowOutput> {
    const ahead = this.#ahead
    this.#ahead = null
    if (ahead?.contextLength === this.#row.context.length) return ahead.output
    return (await this.#run()).reasoner
  }

  /** Takes back what was read ahead, with the caches. */
  forget(): void {
    this.#ahead = null
  }

  /** Lets the reasoner read what is new, and the others as long as memory may still be inserted. */
  async #run(): Promise<{ reasoner: RowOutput; trigger: RowOutput | undefined }> {
    const { memory } = this.#model
    const { shared, reasoner, weaver, trigger } = this.#caches
    if (shared === null) throw new Error('internal: roles ride in a cache that they share')
    const { context, ids } = this.#row
    const start = reasoner.length(0)
    const slice = context.from(start)
    const inputs: RowInput[] = [{ row: RIDING_PLACES.reasoner, ...slice, positions: slice.ids.map((_, index) => start + index), wantLogits: true }]
    if (memory !== undefined && this.#expectsInsertion()) {
      if (weaver !== undefined) inputs.push({ ...(await memory.weaver.unread(weaver, { row: 0, context })), row: RIDING_PLACES.weaver })
      if (trigger !== undefined && memory.trigger !== undefined && this.#expectsQuestion()) {
        inputs.push({ ...memory.trigger.unread(trigger, { row: 0, ids }), row: RIDING_PLACES.trigger })
      }
    }
    const riding = inputs.filter((input) => input.ids.length > 0)
    const outputs = await this.#riders.session.forward(shared, this.#riders.feeds, riding)
    const outputOf = (place: number): RowOutput | undefined => outputs[riding.findIndex(({ row }) => row === place)]
    const ofReasoner = outputOf(RIDING_PLACES.reasoner)
    if (ofReasoner === undefined) throw new Error('internal: the reasoner had nothing to read')
    return { reasoner: ofReasoner, trigger: outputOf(RIDING_PLACES.trigger) }
  }

  /** Where memory is inserted for another reason, its roles read what they have missed when they are asked. */
  #expectsInsertion(): boolean {
    const { plan, stepIndex, augmentationCount } = this.#row
    const { config: { policy }, maxInferenceAugNum } = plan.runAt(stepIndex)
    const looksAtCandidates = policy.kind === 'trigger' || policy.kind === 'always' || policy.kind === 'random'
    return looksAtCandidates && (stepIndex === 0 || augmentationCount < maxInferenceAugNum)
  }

  /** Of the trigger, at the candidates to come. */
  #expectsQuestion(): boolean {
    const { config: { policy }, triggerActive } = this.#row.plan.runAt(this.#row.stepIndex)
    return policy.kind === 'trigger' && triggerActive
  }

  get #row(): RolloutRow {
    const [row] = this.#rows
    if (row === undefined) throw new Error('internal: the rollout has no row')
    return row
  }
}
