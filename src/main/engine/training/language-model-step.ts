/**
 * @file One forward and backward pass of a whole language model, all parameters or an adapter of it in training. Knows no optimizer
 * and no data.
 */
import type { DecoderConfig } from '../checkpoint/index.ts'
import type { WeightLocations } from '../decoder/graph-weights.ts'
import { GraphSession } from '../runtime/graph-session.ts'
import { layOutPasses, RotaryRows } from './causal-layout.ts'
import { noDropout } from './dropout-masks.ts'
import { addGradients } from './gradient-sums.ts'
import { lossFeeds, type LossColumns } from './loss-feeds.ts'
import type { ParameterSet } from './parameter-set.ts'
import { buildReasonerGraph, gradientName, type TrainingGraph } from './reasoner-graph.ts'
import { causalFeeds, parameterFeeds } from './step-feeds.ts'
import { readStepResult, type StepOptions, type StepResult } from './step-result.ts'
import type { TrainingPass } from './supervised-rows.ts'
import type { TrainingParametersOptions } from './training-parameters.ts'

export interface LanguageModelStepOptions extends TrainingParametersOptions {
  /** @default 0, one per core */
  readonly threads?: number
}

const HEAD = { kind: 'cross-entropy' } as const
/** The latents of a pass without memory. */
const NO_LATENTS = { promptLatentsLen: 0, inferenceLatentsLen: 0 }

export class LanguageModelStep {
  readonly #session: GraphSession
  readonly #graph: TrainingGraph
  readonly #rotary: RotaryRows

  private constructor(session: GraphSession, graph: TrainingGraph, config: DecoderConfig) {
    this.#session = session
    this.#graph = graph
    this.#rotary = new RotaryRows(config)
  }

  static async create(config: DecoderConfig, locations: WeightLocations, { threads = 0, ...options }: LanguageModelStepOptions): Promise<LanguageModelStep> {
    const graph = buildReasonerGraph(config, locations, { ...options, head: HEAD })
    return new LanguageModelStep(await GraphSession.create(graph.model, { threads, spins: false }), graph, config)
  }

  /** Adds the gradient of the weighted sum of losses to `gradients` and returns that sum. Without `gradients` nothing is run backwards. */
  async run(passes: readonly TrainingPass[], parameters: ParameterSet, columns: LossColumns, { gradients, dropout = noDropout, wantLogits = false }: StepOptions = {}): Promise<StepResult> {
    const layout = layOutPasses(passes, NO_LATENTS)
    const feeds = {
      ...causalFeeds(layout, this.#rotary),
      ...parameterFeeds(parameters, this.#graph.trained),
      ...dropout.feeds(this.#graph.dropoutWidths, layout.ids.length),
      ...lossFeeds(HEAD, layout.targets, columns),
    }
    const fetches = [...(gradients === undefined ? [] : this.#graph.trained.map(gradientName)), ...(wantLogits ? ['logits'] : [])]
    const results = await this.#session.run(feeds, ['loss', 'log_probs', ...fetches])
    if (gradients !== undefined) addGradients(gradients, results, this.#graph.trained)
    return readStepResult(results)
  }

  async release(): Promise<void> {
    await this.#session.release()
  }
}
