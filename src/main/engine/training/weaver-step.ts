/**
 * @file The weaver's forward() of docs/REFERENCE.md 5 with its gradients: weave all latents of a batch, run the frozen reasoner
 * over them, and go back. Knows no optimizer and no data.
 */
import { float32Data, float32Tensor, GraphSession, int64Tensor, type Tensor } from '../runtime/graph-session.ts'
import { layOutPasses, RotaryRows, type CausalLayout } from './causal-layout.ts'
import { noDropout } from './dropout-masks.ts'
import { lossFeeds, type LossColumns } from './loss-feeds.ts'
import type { LossHead } from './loss-graph.ts'
import type { ParameterSet } from './parameter-set.ts'
import { buildReasonerGraph, gradientName } from './reasoner-graph.ts'
import { causalFeeds } from './step-feeds.ts'
import { readStepResult, type StepOptions, type StepResult } from './step-result.ts'
import type { TrainingPass } from './supervised-rows.ts'
import { WeaverChain, type WovenBases } from './weaver-chain.ts'

export interface WeaverStepOptions {
  readonly head: LossHead
  /** Divides the reasoner's logits. @default 1 */
  readonly temperature?: number
  /** @default 0, one per core */
  readonly threads?: number
}

export class WeaverStep {
  readonly #bases: WovenBases
  readonly #chain: WeaverChain
  readonly #reasoner: GraphSession
  readonly #head: LossHead
  readonly #rotary: RotaryRows

  private constructor(bases: WovenBases, chain: WeaverChain, reasoner: GraphSession, head: LossHead) {
    this.#bases = bases
    this.#chain = chain
    this.#reasoner = reasoner
    this.#head = head
    this.#rotary = new RotaryRows(bases.reasoner.config)
  }

  static async create(bases: WovenBases, { head, temperature = 1, threads = 0 }: WeaverStepOptions): Promise<WeaverStep> {
    const chain = await WeaverChain.create(bases, { threads })
    const { config, locations } = bases.reasoner
    const { model } = buildReasonerGraph(config, locations, { head, temperature, hasLatents: true })
    return new WeaverStep(bases, chain, await GraphSession.create(model, { threads, spins: false }), head)
  }

  /** Adds the gradient of the weighted sum of losses to `gradients` and returns that sum. */
  async run(passes: readonly TrainingPass[], parameters: ParameterSet, columns: LossColumns, options: StepOptions = {}): Promise<StepResult> {
    const dropout = options.dropout ?? noDropout
    const woven = await this.#chain.weave(passes, parameters, dropout)
    const layout = layOutPasses(passes, this.#bases.latentLengths)
    const feeds = { ...this.#latentFeeds(layout, woven.latents), ...lossFeeds(this.#head, layout.targets, columns) }
    const wantLogits = options.wantLogits ?? false
    const fetches = [...(options.gradients === undefined ? [] : [gradientName('latents')]), ...(wantLogits ? ['logits'] : [])]
    const results = await this.#reasoner.run(feeds, ['loss', 'log_probs', ...fetches])
    if (options.gradients !== undefined && woven.segments.length > 0) {
      await this.#chain.unweave(woven, float32Data(results, gradientName('latents')), options.gradients)
    }
    return readStepResult(results)
  }

  async release(): Promise<void> {
    await this.#chain.release()
    await this.#reasoner.release()
  }

  #latentFeeds(layout: CausalLayout, woven: Float32Array): Record<string, Tensor> {
    const { hiddenSize } = this.#bases.reasoner.config
    // The graph gathers from the latents whether or not a position uses them, so there is always one.
    const latents = woven.length > 0 ? woven : new Float32Array(hiddenSize)
    return {
      ...causalFeeds(layout, this.#rotary),
      latent_index: int64Tensor(layout.latentIndex, [layout.latentIndex.length]),
      latents: float32Tensor(latents, [latents.length / hiddenSize, hiddenSize]),
    }
  }
}
