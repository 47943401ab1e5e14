/**
 * @file One training pass of a language model over whole sequences: the reasoner behind woven latents, or a model in
 * pre-training. Knows no weaver and no batches.
 */
import { gradients } from '../autodiff/gradients.ts'
import { expectedTensors, type DecoderConfig } from '../checkpoint/index.ts'
import { attentionFrame } from '../decoder/attention.ts'
import { embeddingsWithLatents, rotaryInputs } from '../decoder/decoder-graph.ts'
import { decoderStack } from '../decoder/decoder-stack.ts'
import type { WeightLocations } from '../decoder/graph-weights.ts'
import { GraphBuilder } from '../onnx/graph-builder.ts'
import type { Value } from '../onnx/value.ts'
import { multiply, toFloat32 } from '../ops/elementwise.ts'
import { gatherRows, reshape } from '../ops/layout.ts'
import { linear } from '../ops/matrix.ts'
import { lossOf, type LossHead } from './loss-graph.ts'
import { TrainingParameters, type TrainingParametersOptions } from './training-parameters.ts'

export interface ReasonerGraphOptions extends TrainingParametersOptions {
  readonly head: LossHead
  /** Whether latents stand among the tokens; their gradient is then a result. @default false */
  readonly hasLatents?: boolean
  /** Divides the logits. @default 1 */
  readonly temperature?: number
  /** Whether the reverse pass is emitted; reference policies need none. @default true */
  readonly isTrained?: boolean
}

/** An encoded graph and the names of what it trains. */
export interface TrainingGraph {
  readonly model: Uint8Array
  /** Parameters in training; each is an input, and `gradient.<name>` a result. */
  readonly trained: readonly string[]
  /** Modules that take a dropout mask, with the width of their input. */
  readonly dropoutWidths: ReadonlyMap<string, number>
}

/** What the result with the gradient of an input is called. */
export function gradientName(input: string): string {
  return `gradient.${input}`
}

/**
 * Encodes the graph. Inputs: `input_ids` [batch, seq] int64; with latents `latent_index` [tokens] int64 and `latents` [latents, hidden];
 * `cos`, `sin` [batch, seq, headDim / 2]; `attention_mask` [1, 1, seq, seq], additive; `logit_rows` [rows], flat indices of
 * the positions whose logits count; the inputs of the loss; the parameters in training. Outputs: `loss`, `log_probs` [rows, 1],
 * `logits` [rows, vocab], and gradients.
 */
export function buildReasonerGraph(config: DecoderConfig, locations: WeightLocations, options: ReasonerGraphOptions): TrainingGraph {
  const graph = new GraphBuilder('reasoner-training')
  const expected = expectedTensors(config)
  const parameters = new TrainingParameters(graph, new Map([...locations].filter(([name]) => expected.has(name))), options)
  const inputIds = graph.input('input_ids', 'int64', ['batch', 'seq'])
  const table = parameters.stored('model.embed_tokens.weight')
  if (table === undefined) throw new Error('internal: a model without an embedding table')
  const tokens = toFloat32(graph, gatherRows(graph, table, reshape(graph, inputIds, graph.int64('flat', [-1]), ['tokens'])))
  const { inputsEmbeds, latents } = (options.hasLatents ?? false) ? embeddingsWithLatents(graph, config, tokens) : { inputsEmbeds: tokens, latents: undefined }

  const mask = graph.input('attention_mask', 'float32', [1, 1, 'seq', 'seq'])
  const frame = attentionFrame(graph, config, inputIds, mask, undefined)
  const { normed } = decoderStack(graph, config, parameters, { frame, rotary: rotaryInputs(graph, config), pasts: [] }, inputsEmbeds)
  const rows = gatherRows(graph, normed, graph.input('logit_rows', 'int64', ['rows']))
  const lmHead = parameters.find(config.tieWordEmbeddings ? 'model.embed_tokens.weight' : 'lm_head.weight')
  if (lmHead === undefined) throw new Error('internal: a model without a head')
  const logits = linear(graph, rows, lmHead)
  graph.output('logits', logits)
  const { temperature = 1 } = options
  const scaled = temperature === 1 ? logits : multiply(graph, logits, graph.float32Scalar('inverse_temperature', 1 / temperature))

  const { loss, logProbs, stopAt } = lossOf(graph, options.head, scaled)
  graph.output('loss', loss)
  graph.output('log_probs', logProbs)
  const targets = [...parameters.trained.values(), ...(latents ? [latents] : [])]
  if (options.isTrained ?? true) outputGradients(graph, { value: loss, gradient: graph.float32Scalar('one', 1) }, targets, stopAt)
  return { model: graph.encode(), trained: [...parameters.trained.keys()], dropoutWidths: parameters.dropoutWidths }
}

/** Declares `gradient.<name>` for each target of one seed. */
export function outputGradients(graph: GraphBuilder, seed: { value: Value; gradient: Value }, targets: readonly Value[], stopAt: readonly Value[]): void {
  for (const [index, gradient] of gradients(graph, [seed], targets, { stopAt }).entries()) {
    const name = targets[index]?.name ?? ''
    if (gradient === undefined) throw new Error(`internal: the loss does not depend on ${name}`)
    graph.output(gradientName(name), gradient)
  }
}
