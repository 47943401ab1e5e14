/**
 * @file The latents of a few samples, given to others as "latents of another question". It decides who gets whose, and
 * does not know what is done with them.
 */
import type { MemoryPolicy } from '../../../shared/domain/memory-policy.ts'
import type { RunConfig } from '../../../shared/domain/run-config.ts'
import type { WeaveKind } from '../../../shared/domain/weave.ts'
import { generateCompletions, type CompletionOptions, type CompletionRequest } from '../memgen/completions.ts'
import type { DonorLatents } from '../memgen/interventions.ts'
import type { MemGenModel } from '../memgen/memgen-model.ts'
import { createStream } from '../memgen/sampling/random-streams.ts'

interface Donor extends Readonly<Record<WeaveKind, Float32Array[]>> {
  readonly promptIds: readonly number[]
}

export class DonorPool {
  readonly #donors: readonly Donor[]
  readonly #config: RunConfig
  /** Of policies that keep to one. */
  readonly #insertionLimit: number

  private constructor(donors: readonly Donor[], config: RunConfig, insertionLimit: number) {
    this.#donors = donors
    this.#config = config
    this.#insertionLimit = insertionLimit
  }

  /** Generates from each request under the same config without its intervention, and keeps the latents. */
  static async generate(
    model: MemGenModel,
    config: RunConfig,
    requests: readonly CompletionRequest[],
    options: Pick<CompletionOptions, 'batchSize' | 'signal'>,
  ): Promise<DonorPool> {
    const donors = requests.map(({ promptIds }): Donor => ({ promptIds, prompt: [], inference: [] }))
    await generateCompletions(model, { ...config, intervention: null }, requests, {
      ...options,
      onInsertion: ({ kind, latents }, index) => donors[index]?.[kind].push(latents),
    })
    return new DonorPool(donors, config, config.maxInferenceAugNum ?? model.memory?.checkpoint.maxInferenceAugNum ?? 0)
  }

  /**
   * Latents for every insertion the row may make: those of one sample with another prompt, drawn from the row's seed alone;
   * where it wove fewer times, of the next sample that wove as often; where none did, its kind's earlier ones again.
   */
  donorOf({ promptIds, sampleId, repeat, policy = this.#config.policy }: CompletionRequest): DonorLatents {
    const others = this.#donors.filter((donor) => donor.promptIds.join() !== promptIds.join())
    const start = Math.floor(createStream({ seed: this.#config.seed, sampleId, repeat }, 'donor').next() * others.length)
    const inOrder = [...others.slice(start), ...others.slice(0, start)]
    return { prompt: fill(inOrder, 'prompt', 1), inference: fill(inOrder, 'inference', this.#mostInsertions(policy)) }
  }

  /** Inference insertions that a policy may make. */
  #mostInsertions(policy: MemoryPolicy): number {
    if (policy.kind === 'schedule') return policy.steps.length
    return policy.kind === 'candidates' ? policy.ordinals.length : this.#insertionLimit
  }
}

function fill(donors: readonly Donor[], kind: WeaveKind, count: number): Float32Array[] {
  const available = Math.max(0, ...donors.map((donor) => donor[kind].length))
  return Array.from({ length: available === 0 ? 0 : count }, (_, index) => {
    const ordinal = index % available
    const latents = donors.map((donor) => donor[kind][ordinal]).find((given) => given !== undefined)
    if (latents === undefined) throw new Error(`internal: no donor has ${kind} insertion ${ordinal}`)
    return latents
  })
}
