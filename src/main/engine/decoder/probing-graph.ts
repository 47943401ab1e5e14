/**
 * @file The reasoner's forward graph with windows in it: attention on chosen positions, the head behind every layer, and logits of
 * as many positions as are wanted. It does not know what is asked of a trace, and adapts no module.
 */
import type { DecoderConfig } from '../checkpoint/index.ts'
import { GraphBuilder } from '../onnx/graph-builder.ts'
import type { Value } from '../onnx/value.ts'
import { concat, gatherRows } from '../ops/layout.ts'
import { matMul } from '../ops/matrix.ts'
import { rmsNorm } from '../ops/normalization.ts'
import { linearProduct } from '../ops/quantized-matrix.ts'
import { attentionFrame } from './attention.ts'
import { expectedLocations, headWeight, inputEmbeddings, outputNewTokens, pastInputs, rotaryInputs, StoredParameters } from './decoder-graph.ts'
import { decoderStack } from './decoder-stack.ts'
import type { WeightLocations } from './graph-weights.ts'

/**
 * Encodes the graph for one row. Inputs are those of the forward graph (decoder-graph.ts) without adapters, cells and `hidden_rows`, and
 * - `key_weights` [past + seq, columns] float32: each column is a set of keys, 1 where a key belongs to it and 0 elsewhere;
 * - `lens_rows` [lens_rows] int64, flat indices of the positions that the head reads behind every layer.
 *
 * Outputs, beside keys and values of the new tokens:
 * - `attention_mass` [layers, kvHeads, groups, seq, columns] float32, the probability on each set. Attention is summed here, so that
 *   [layers, heads, seq, past + seq] never exists at once; without columns it costs nothing;
 * - `logits` [logit_rows + (layers + 1) * lens_rows, vocab] float32: first the next-token logits of `logit_rows`, then those of the embedding
 *   (layer 0) and of every layer's state at `lens_rows`, layer by layer, each through the final norm and the head.
 */
export function buildProbingGraph(config: DecoderConfig, stored: WeightLocations): Uint8Array {
  const graph = new GraphBuilder('probing')
  const locations = expectedLocations(config, stored)
  const inputIds = graph.input('input_ids', 'int64', ['tokens'])
  const inputsEmbeds = inputEmbeddings(graph, config, locations, inputIds)
  const rotary = rotaryInputs(graph, config)
  const mask = graph.input('attention_mask', 'float32', ['batch', 1, 'seq', 'past+seq'])
  const pasts = pastInputs(graph, config)
  const keyWeights = graph.input('key_weights', 'float32', ['past+seq', 'columns'])
  const lensRows = graph.input('lens_rows', 'int64', ['lens_rows'])

  const masses: Value[] = []
  const states = [gatherRows(graph, inputsEmbeds, lensRows)]
  const observer = {
    onHidden: (hidden: Value) => states.push(gatherRows(graph, hidden, lensRows)),
    onAttention: (probabilities: Value) => masses.push(matMul(graph, probabilities, keyWeights)),
  }
  const frame = attentionFrame(graph, config, rotary.cos, mask, pasts[0]?.pastKey)
  const parameters = new StoredParameters(graph, locations, { loraModules: new Set() })
  const { normed, finalNorm, layers } = decoderStack(graph, config, parameters, { frame, rotary, pasts, observer }, inputsEmbeds)
  outputNewTokens(graph, layers)
  graph.output('attention_mass', concat(graph, masses, 0, config.numHiddenLayers))

  const lens = rmsNorm(graph, concat(graph, states, 0, 'layers*lens_rows'), finalNorm, config.rmsNormEps)
  const next = gatherRows(graph, normed, graph.input('logit_rows', 'int64', ['logit_rows']))
  graph.output('logits', linearProduct(graph, concat(graph, [next, lens], 0, 'head_rows'), headWeight(graph, config, locations)))
  return graph.encode()
}
