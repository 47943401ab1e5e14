/**
 * @file One segment of the weaver's chain (docs/DESIGN.md 4.9): what came since the last insertion, then the queries, over
 * the keys and values of earlier segments. Knows no rows and no loss.
 */
import { gradients, type Seed } from '../autodiff/gradients.ts'
import { expectedTensors, type DecoderConfig } from '../checkpoint/index.ts'
import { attentionFrame } from '../decoder/attention.ts'
import { cacheNames, embeddingsWithLatents, pastInputs, rotaryInputs } from '../decoder/decoder-graph.ts'
import { decoderStack } from '../decoder/decoder-stack.ts'
import { storedWeight, type WeightLocations } from '../decoder/graph-weights.ts'
import { GraphBuilder } from '../onnx/graph-builder.ts'
import type { Value } from '../onnx/value.ts'
import { isNonNegative, multiply, toFloat32, where } from '../ops/elementwise.ts'
import { gatherRows, reshape, unsqueeze } from '../ops/layout.ts'
import { linear } from '../ops/matrix.ts'
import { layerNorm } from '../ops/normalization.ts'
import { gradientName, type TrainingGraph } from './reasoner-graph.ts'
import { TrainingParameters, type TrainedLora } from './training-parameters.ts'

/** torch's default, which the reference leaves (docs/REFERENCE.md 1.4). */
const LAYER_NORM_EPSILON = 1e-5

export interface WeaverGraphOptions {
  readonly lora: TrainedLora
  /** Whether queries are normalised and scaled; the earlier version does neither (docs/REFERENCE.md 8.3). */
  readonly hasLatentNorm: boolean
  /** The forward pass alone, or the forward pass again with the reverse pass behind it. */
  readonly pass: 'forward' | 'backward'
}

/** Inputs that prompt and inference segments fill with parameters of their own. */
export const queryInputs = {
  latents: 'query_latents',
  normWeight: 'latent_ln.weight',
  normBias: 'latent_ln.bias',
  scale: 'latent_scale',
} as const

/** Parameter names of the two maps, as the reference has them. */
export const projectionNames = {
  toWeaver: { weight: 'reasoner_to_weaver.weight', bias: 'reasoner_to_weaver.bias' },
  toReasoner: { weight: 'weaver_to_reasoner.weight', bias: 'weaver_to_reasoner.bias' },
} as const

/**
 * Encodes the graph. Inputs: `input_ids` [batch, seq] int64; `latent_index`, `query_index` [tokens] int64, the row of `latents`
 * [latents, Hr] or of the queries that stands at a position, or -1; `cos`, `sin`; `attention_mask` [batch, 1, seq, past + seq]; pasts;
 * `query_rows` [rows], flat indices of the queries; the parameters. Forward results: `latents_out` [rows, Hr] and the new keys and
 * values. The backward graph takes the gradients of those as `gradient_of.<name>` and returns those of `latents`, pasts and parameters.
 */
export function buildWeaverGraph(
  bases: { reasoner: DecoderConfig; weaver: DecoderConfig },
  locations: { reasoner: WeightLocations; weaver: WeightLocations },
  options: WeaverGraphOptions,
): TrainingGraph {
  const graph = new GraphBuilder(`weaver-${options.pass}`)
  const expected = expectedTensors(bases.weaver, { lmHead: false })
  const parameters = new TrainingParameters(graph, new Map([...locations.weaver].filter(([name]) => expected.has(name))), { lora: options.lora })
  const inputIds = graph.input('input_ids', 'int64', ['batch', 'seq'])
  const { context, latents } = contextEmbeddings(graph, bases.reasoner, locations.reasoner, inputIds)
  const map = (names: { weight: string; bias: string }, x: Value, from: number, to: number): Value =>
    linear(graph, x, parameters.train(names.weight, [to, from]), parameters.train(names.bias, [to]))
  const [reasonerSize, weaverSize] = [bases.reasoner.hiddenSize, bases.weaver.hiddenSize]
  const mapped = map(projectionNames.toWeaver, context, reasonerSize, weaverSize)
  const queryIndex = graph.input('query_index', 'int64', ['tokens'])
  const isQuery = unsqueeze(graph, isNonNegative(graph, queryIndex), [1])
  const inputsEmbeds = where(graph, isQuery, gatherRows(graph, queries(graph, parameters, weaverSize, options.hasLatentNorm), queryIndex), mapped)

  const pasts = pastInputs(graph, bases.weaver)
  const mask = graph.input('attention_mask', 'float32', ['batch', 1, 'seq', 'past+seq'])
  const frame = attentionFrame(graph, bases.weaver, inputIds, mask, pasts[0]?.pastKey)
  const { normed, layers } = decoderStack(graph, bases.weaver, parameters, { frame, rotary: rotaryInputs(graph, bases.weaver), pasts }, inputsEmbeds)
  const hidden = gatherRows(graph, normed, graph.input('query_rows', 'int64', ['rows']))
  const woven = map(projectionNames.toReasoner, hidden, weaverSize, reasonerSize)

  const results = [{ name: LATENTS_OUT, value: woven }, ...layers.flatMap(({ newKey, newValue }, layer) => {
    const { presentKey, presentValue } = cacheNames(layer)
    return [{ name: presentKey, value: newKey }, { name: presentValue, value: newValue }]
  })]
  if (options.pass === 'forward') for (const { name, value } of results) graph.output(name, value)
  else {
    const seeds = results.map(({ name, value }): Seed => ({ value, gradient: graph.input(seedName(name), 'float32', value.shape) }))
    const targets = [...parameters.trained.values(), latents, ...pasts.flatMap(({ pastKey, pastValue }) => [pastKey, pastValue])]
    for (const [index, gradient] of gradients(graph, seeds, targets).entries()) {
      const name = targets[index]?.name ?? ''
      if (gradient === undefined) throw new Error(`internal: the woven latents do not depend on ${name}`)
      graph.output(gradientName(name), gradient)
    }
  }
  return { model: graph.encode(), trained: [...parameters.trained.keys()], dropoutWidths: parameters.dropoutWidths }
}

/** The woven latents, after the map to the reasoner. */
export const LATENTS_OUT = 'latents_out'

/** The input that brings the gradient of a forward result. */
export function seedName(result: string): string {
  return `gradient_of.${result}`
}

/** Reasoner embeddings of tokens and earlier latents, [tokens, Hr]. */
function contextEmbeddings(graph: GraphBuilder, config: DecoderConfig, locations: WeightLocations, inputIds: Value): { context: Value; latents: Value } {
  const table = storedWeight(graph, locations, 'model.embed_tokens.weight', 'reasoner.embed_tokens.weight')
  const tokens = toFloat32(graph, gatherRows(graph, table, reshape(graph, inputIds, graph.int64('flat', [-1]), ['tokens'])))
  const { inputsEmbeds, latents } = embeddingsWithLatents(graph, config, tokens)
  return { context: inputsEmbeds, latents }
}

/** LayerNorm(queries) * scale, [queries, Hw]. */
function queries(graph: GraphBuilder, parameters: TrainingParameters, width: number, hasLatentNorm: boolean): Value {
  const latents = parameters.train(queryInputs.latents, ['queries', width])
  if (!hasLatentNorm) return latents
  const normed = layerNorm(graph, latents, parameters.train(queryInputs.normWeight, [width]), parameters.train(queryInputs.normBias, [width]), LAYER_NORM_EPSILON)
  return multiply(graph, normed, parameters.train(queryInputs.scale, [1]))
}
