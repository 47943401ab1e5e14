/**
 * @file The latents of a few samples, given to others as "latents of another question". It decides who gets whose, and does not know
 * what is done with them.
 */
import { isDeepStrictEqual } from 'node:util'
import type { DonorLatents, DonorPositions } from '../../../shared/domain/donor.ts'
import type { RunConfig } from '../../../shared/domain/run-config.ts'
import type { Matrix, WeaveKind } from '../../../shared/domain/weave.ts'
import { generateCompletions, type CompletionOptions, type CompletionRequest } from '../memgen/completions.ts'
import type { MemGenModel } from '../memgen/memgen-model.ts'
import { PromptRejectedError } from '../memgen/resolved-run.ts'
import { createStream } from '../memgen/sampling/random-streams.ts'

interface Donor extends Readonly<Record<WeaveKind, Matrix[]>> {
  readonly sampleId: string
  readonly promptIds: readonly number[]
}

/** What a pool was generated from. Logits depend on the batch in their last bits, so a pool does too. */
interface Asked {
  readonly config: RunConfig
  readonly requests: readonly CompletionRequest[]
  readonly batchSize: number
}

/** The latest of each model, as long as that stands: the turns and chunks of a run are calls of their own, and ask for the same. */
const latest = new WeakMap<MemGenModel, { readonly asked: Asked; readonly pool: DonorPool }>()

export class DonorPool {
  readonly #donors: readonly Donor[]
  readonly #seed: number

  private constructor(donors: readonly Donor[], seed: number) {
    this.#donors = donors
    this.#seed = seed
  }

  /** Generates from each request under the same config without its intervention, and keeps the latents. */
  static async generate(
    model: MemGenModel,
    config: RunConfig,
    requests: readonly CompletionRequest[],
    options: Pick<CompletionOptions, 'batchSize' | 'signal'>,
  ): Promise<DonorPool> {
    const donors = requests.map(({ sampleId, promptIds }): Donor => ({ sampleId, promptIds, prompt: [], inference: [] }))
    await generateCompletions(model, { ...config, intervention: null }, requests, {
      ...options,
      onInsertion: ({ kind, latents, hiddenSize }, index) => donors[index]?.[kind].push({ rows: latents.length / hiddenSize, columns: hiddenSize, data: latents }),
    })
    return new DonorPool(donors, config.seed)
  }

  /** As `generate`, or what that gave where the model was last asked for the same. */
  static async generateOnce(model: MemGenModel, config: RunConfig, requests: readonly CompletionRequest[], { batchSize, signal }: { batchSize: number; signal: AbortSignal }): Promise<DonorPool> {
    const asked = { config, requests, batchSize }
    const known = latest.get(model)
    if (known !== undefined && isDeepStrictEqual(known.asked, asked)) return known.pool
    latest.delete(model) // two would be in memory while the other is generated
    const pool = await DonorPool.generate(model, config, requests, { batchSize, signal })
    latest.set(model, { asked, pool })
    return pool
  }

  /**
   * Who gives the row its latents: one sample with another prompt, drawn from the row's seed alone; where it wove fewer times than others,
   * the next sample that wove as often.
   */
  choose({ promptIds, sampleId, repeat }: Pick<CompletionRequest, 'promptIds' | 'sampleId' | 'repeat'>): DonorPositions {
    const own = promptIds.join()
    const others = [...this.#donors.keys()].filter((position) => this.#donors[position]?.promptIds.join() !== own)
    const start = Math.floor(createStream({ seed: this.#seed, sampleId, repeat }, 'donor').next() * others.length)
    const inOrder = [...others.slice(start), ...others.slice(0, start)]
    return { prompt: this.#firstWith(inOrder, 'prompt'), inference: this.#firstWith(inOrder, 'inference') }
  }

  /** Of the n-th position its n-th block, for each kind. Throws PromptRejectedError where that donor wove fewer times. */
  latentsAt({ prompt, inference }: DonorPositions): DonorLatents {
    return { prompt: prompt.map((position, ordinal) => this.#block(position, 'prompt', ordinal)), inference: inference.map((position, ordinal) => this.#block(position, 'inference', ordinal)) }
  }

  /** For each insertion that any of them made, the first of them that made it too. */
  #firstWith(positions: readonly number[], kind: WeaveKind): number[] {
    const mostBlocks = Math.max(0, ...positions.map((position) => this.#blockCount(position, kind)))
    return Array.from({ length: mostBlocks }).flatMap((_, ordinal) => positions.find((position) => this.#blockCount(position, kind) > ordinal) ?? [])
  }

  #block(position: number, kind: WeaveKind, ordinal: number): Matrix {
    const donor = this.#donors[position]
    const block = donor?.[kind][ordinal]
    if (block === undefined) throw new PromptRejectedError(`Sample ${donor?.sampleId ?? position}, which gave what it wove at its ${kind} insertion ${ordinal}, weaves ${this.#blockCount(position, kind)} times now.`)
    return block
  }

  #blockCount(position: number, kind: WeaveKind): number {
    return this.#donors[position]?.[kind].length ?? 0
  }
}
