/**
 * @file The trained trigger: two logits from a row's token ids (docs/REFERENCE.md 1.6 and 1.7). It never sees latents
 * and does not know the policy.
 */
import type { LinearTensors } from '../checkpoint/index.ts'
import type { AdapterModules } from '../runtime/adapter-feeds.ts'
import type { RowOutput } from '../runtime/decoder-session.ts'
import type { KeyValueCache } from '../runtime/key-value-cache.ts'
import type { RowInput } from '../runtime/ragged-batch.ts'
import type { Role } from './role.ts'

/** [skip, insert] */
export type TriggerLogits = readonly [number, number]

export interface TriggerRequest {
  readonly row: number
  /** Prompt and generated tokens so far. */
  readonly ids: readonly number[]
}

export class Trigger {
  readonly #role: Role
  readonly #outputLayer: LinearTensors
  readonly #padTokenId: number

  constructor(role: Role, outputLayer: LinearTensors, padTokenId: number) {
    this.#role = role
    this.#outputLayer = outputLayer
    this.#padTokenId = padTokenId
  }

  /** As of its role. */
  get hasStableCache(): boolean {
    return this.#role.hasStableCache
  }

  newCache(rowCount: number): KeyValueCache {
    return this.#role.newCache(rowCount)
  }

  /** Logits at the last token of each row; the cache takes in what is new. */
  async ask(cache: KeyValueCache, requests: readonly TriggerRequest[]): Promise<TriggerLogits[]> {
    const outputs = await this.#role.forward(cache, requests.map((request) => this.unread(cache, request)))
    return outputs.map((output) => this.classify(output))
  }

  get adapter(): AdapterModules {
    return this.#role.adapter
  }

  /** What the trigger has not read of a row. Tokens equal to the pad id are invisible and take no position, wherever they stand (docs/REFERENCE.md 1.7). */
  unread(cache: KeyValueCache, { row, ids }: TriggerRequest): RowInput {
    let visibleCount = 0
    const positions = ids.map((id) => (id === this.#padTokenId ? 0 : visibleCount++))
    const start = this.#role.readFrom(cache, row, visibleCount)
    return {
      row,
      ids: ids.slice(start),
      positions: positions.slice(start),
      hidden: ids.slice(start).map((id) => id === this.#padTokenId),
      hiddenStates: 1,
    }
  }

  /** The logits from the hidden state at a row's last token. */
  classify({ hiddenStates: hiddenState }: RowOutput): TriggerLogits {
    const { weight, bias } = this.#outputLayer
    const width = hiddenState.length
    const logit = (output: number): number =>
      hiddenState.reduce((sum, value, column) => sum + value * (weight.data[output * width + column] ?? 0), bias.data[output] ?? 0)
    return [logit(0), logit(1)]
  }
}
