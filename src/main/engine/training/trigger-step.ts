/**
 * @file The trigger's log-probabilities of its decisions and their gradients (docs/REFERENCE.md 6, "Trigger"). Knows no optimizer, no
 * rollout and no reward.
 */
import { expectedTensors } from '../checkpoint/index.ts'
import { attentionFrame } from '../decoder/attention.ts'
import { rotaryInputs } from '../decoder/decoder-graph.ts'
import { decoderStack } from '../decoder/decoder-stack.ts'
import { GraphBuilder } from '../onnx/graph-builder.ts'
import { toFloat32 } from '../ops/elementwise.ts'
import { gatherRows, reshape } from '../ops/layout.ts'
import { linear } from '../ops/matrix.ts'
import { float32Tensor, GraphSession, int64Tensor, type Tensor } from '../runtime/graph-session.ts'
import { causalMask, RotaryRows } from './causal-layout.ts'
import { noDropout } from './dropout-masks.ts'
import { addGradients } from './gradient-sums.ts'
import { lossFeeds, type LossColumns } from './loss-feeds.ts'
import { lossOf, type LossHead } from './loss-graph.ts'
import { outputLayerNames } from './memgen-parameters.ts'
import type { ParameterSet } from './parameter-set.ts'
import { gradientName, outputGradients, type TrainingGraph } from './reasoner-graph.ts'
import { parameterFeeds } from './step-feeds.ts'
import { readStepResult, type StepOptions, type StepResult } from './step-result.ts'
import type { TriggerBase } from './training-bases.ts'
import { TrainingParameters } from './training-parameters.ts'

/** One decision, taken from the hidden state of the token before it. */
export interface Decision {
  /** Token index >= 1 before which latents were or were not inserted. */
  readonly position: number
  /** 1 = insert. */
  readonly decision: 0 | 1
}

/** One rollout as the trigger sees it: tokens, never latents. */
export interface TriggerRow {
  readonly ids: readonly number[]
  readonly decisions: readonly Decision[]
}

export interface TriggerStepOptions {
  readonly head: LossHead
  /** @default 0, one per core */
  readonly threads?: number
}

export class TriggerStep {
  readonly #session: GraphSession
  readonly #graph: TrainingGraph
  readonly #head: LossHead
  readonly #rotary: RotaryRows

  private constructor(session: GraphSession, graph: TrainingGraph, head: LossHead, rotary: RotaryRows) {
    this.#session = session
    this.#graph = graph
    this.#head = head
    this.#rotary = rotary
  }

  static async create(base: TriggerBase, { head, threads = 0 }: TriggerStepOptions): Promise<TriggerStep> {
    const graph = buildTriggerGraph(base, head)
    return new TriggerStep(await GraphSession.create(graph.model, { threads, spins: false }), graph, head, new RotaryRows(base.config))
  }

  /** Adds the gradient of the weighted sum of losses over all decisions to `gradients` and returns that sum. */
  async run(rows: readonly TriggerRow[], parameters: ParameterSet, columns: LossColumns, options: StepOptions = {}): Promise<StepResult> {
    const { gradients } = options
    const seq = Math.max(...rows.map(({ ids }) => ids.length))
    const dropout = options.dropout ?? noDropout
    const feeds = {
      ...this.#rowFeeds(rows, seq),
      ...parameterFeeds(parameters, this.#graph.trained),
      ...dropout.feeds(this.#graph.dropoutWidths, rows.length * seq),
      ...lossFeeds(this.#head, rows.flatMap(({ decisions }) => decisions.map(({ decision }) => decision)), columns),
    }
    const fetches = gradients === undefined ? [] : this.#graph.trained.map(gradientName)
    const results = await this.#session.run(feeds, ['loss', 'log_probs', ...fetches])
    if (gradients !== undefined) addGradients(gradients, results, this.#graph.trained)
    return readStepResult(results)
  }

  async release(): Promise<void> {
    await this.#session.release()
  }

  /** Rows are padded on the right, behind everything that counts, so one causal mask serves all. */
  #rowFeeds(rows: readonly TriggerRow[], seq: number): Record<string, Tensor> {
    const ids = new Int32Array(rows.length * seq)
    const positions = new Int32Array(rows.length * seq)
    for (const [row, { ids: rowIds }] of rows.entries()) {
      ids.set(rowIds, row * seq)
      for (let index = 0; index < seq; index++) positions[row * seq + index] = index
    }
    const { cos, sin } = this.#rotary.at(positions)
    const rotaryShape = [rows.length, seq, cos.length / positions.length]
    const asked = rows.flatMap(({ decisions }, row) => decisions.map(({ position }) => row * seq + position - 1))
    return {
      input_ids: int64Tensor(ids, [rows.length, seq]),
      cos: float32Tensor(cos, rotaryShape),
      sin: float32Tensor(sin, rotaryShape),
      attention_mask: float32Tensor(causalMask(seq), [1, 1, seq, seq]),
      decision_rows: int64Tensor(asked, [asked.length]),
    }
  }
}

/**
 * Inputs: `input_ids` [batch, seq] int64, `cos`, `sin`, `attention_mask` [1, 1, seq, seq], `decision_rows` [rows], the inputs of the
 * loss and the parameters. Outputs: `loss`, `log_probs` [rows, 1] and gradients.
 */
function buildTriggerGraph(base: TriggerBase, head: LossHead): TrainingGraph {
  const { config } = base
  const graph = new GraphBuilder('trigger-training')
  const expected = expectedTensors(config, { lmHead: false })
  const parameters = new TrainingParameters(graph, new Map([...base.locations].filter(([name]) => expected.has(name))), { lora: base.lora })
  const inputIds = graph.input('input_ids', 'int64', ['batch', 'seq'])
  const table = parameters.stored('model.embed_tokens.weight')
  if (table === undefined) throw new Error('internal: a trigger without an embedding table')
  const tokens = toFloat32(graph, gatherRows(graph, table, reshape(graph, inputIds, graph.int64('flat', [-1]), ['tokens'])))
  const frame = attentionFrame(graph, config, inputIds, graph.input('attention_mask', 'float32', [1, 1, 'seq', 'seq']), undefined)
  const { normed } = decoderStack(graph, config, parameters, { frame, rotary: rotaryInputs(graph, config), pasts: [] }, tokens)
  const hidden = gatherRows(graph, normed, graph.input('decision_rows', 'int64', ['rows']))
  const weight = parameters.train(outputLayerNames.weight, [2, config.hiddenSize])
  const logits = linear(graph, hidden, weight, parameters.train(outputLayerNames.bias, [2]))
  const { loss, logProbs, stopAt } = lossOf(graph, head, logits)
  graph.output('loss', loss)
  graph.output('log_probs', logProbs)
  outputGradients(graph, { value: loss, gradient: graph.float32Scalar('one', 1) }, [...parameters.trained.values()], stopAt)
  return { model: graph.encode(), trained: [...parameters.trained.keys()], dropoutWidths: parameters.dropoutWidths }
}
