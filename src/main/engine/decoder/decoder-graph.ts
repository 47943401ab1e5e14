/**
 * @file The one forward graph of all roles and families (docs/DESIGN.md 4.3): qwen2, llama, smollm3 and qwen3 differ
 * by their configuration only. It does not know who calls it, nor where caches live.
 *
 * Shapes: tokens = batch * seq; the residual stream is flat, [tokens, hidden], so that weights in PyTorch's layout
 * meet it in Gemm without a transpose. Only attention looks at [batch, seq].
 */
import { expectedTensors, type DecoderConfig } from '../checkpoint/index.ts'
import { GraphBuilder } from '../onnx/graph-builder.ts'
import type { Value } from '../onnx/value.ts'
import { add, isNonNegative, multiply, silu, toFloat32, where } from '../ops/elementwise.ts'
import { concat, gatherRows, reshape, unsqueeze } from '../ops/layout.ts'
import { linear } from '../ops/matrix.ts'
import { rmsNorm } from '../ops/normalization.ts'
import { rotaryEmbedding } from '../ops/rotary.ts'
import { attend, attentionFrame, splitHeads, type AttentionFrame } from './attention.ts'
import { storedWeight, weight, type WeightLocations } from './graph-weights.ts'
import { addLora } from './lora.ts'

export interface DecoderGraphOptions {
  /** Modules that take LoRA inputs, such as `layers.0.self_attn.q_proj`. */
  readonly loraModules: ReadonlySet<string>
  /** Whether logits are ever wanted; weaver and trigger never use the head. @default true */
  readonly hasHead?: boolean
  /**
   * What the graph returns of keys and values: the rows of the new tokens (the caller writes them into its cache), or
   * past and new joined, for caches that stay on the device. @default 'rows'
   */
  readonly present?: 'rows' | 'joined'
}

/** Names of one layer's cache inputs and outputs. */
export function cacheNames(layer: number): { pastKey: string; pastValue: string; presentKey: string; presentValue: string } {
  return {
    pastKey: `past_key_values.${layer}.key`,
    pastValue: `past_key_values.${layer}.value`,
    presentKey: `present.${layer}.key`,
    presentValue: `present.${layer}.value`,
  }
}

/**
 * Encodes the graph. Inputs: `input_ids` [batch, seq] int64; `latent_index` [tokens] int64, the row of `latents` that
 * stands in place of the token, or -1; `latents` [latents, hidden], at least one row; `cos`, `sin` [batch, seq, headDim / 2];
 * `attention_mask` [batch, 1, seq, past + seq], additive; caches [batch, kvHeads, past, headDim]; LoRA factors;
 * `hidden_rows` and `logit_rows`, flat token indices. Outputs: `hidden` [rows, hidden] after the final norm, `logits`
 * [rows, vocab], keys and values.
 */
export function buildDecoderGraph(config: DecoderConfig, stored: WeightLocations, options: DecoderGraphOptions): Uint8Array {
  const graph = new GraphBuilder('decoder')
  // The configuration decides what there is: a bias that lies in the file all the same is ignored, as in transformers.
  const expected = expectedTensors(config)
  const locations = new Map([...stored].filter(([name]) => expected.has(name)))
  const inputIds = graph.input('input_ids', 'int64', ['batch', 'seq'])
  const table = storedWeight(graph, locations, 'model.embed_tokens.weight')
  let hidden = inputEmbeddings(graph, config, inputIds, table)

  const halfDim = config.headDim / 2
  const rotary = {
    cos: graph.input('cos', 'float32', ['batch', 'seq', halfDim]),
    sin: graph.input('sin', 'float32', ['batch', 'seq', halfDim]),
  }
  const mask = graph.input('attention_mask', 'float32', ['batch', 1, 'seq', 'past+seq'])
  const pasts = Array.from({ length: config.numHiddenLayers }, (_, layer) => {
    const names = cacheNames(layer)
    const shape = ['batch', config.numKeyValueHeads, 'past', config.headDim]
    return { pastKey: graph.input(names.pastKey, 'float32', shape), pastValue: graph.input(names.pastValue, 'float32', shape) }
  })
  const [firstPast] = pasts
  if (firstPast === undefined) throw new Error('internal: a decoder without layers')
  const frame = attentionFrame(graph, config, inputIds, mask, firstPast.pastKey)

  for (const [layer, past] of pasts.entries()) {
    hidden = decoderLayer(new LayerScope(graph, config, locations, options, layer), frame, rotary, past, hidden)
  }

  const normed = rmsNorm(graph, hidden, weight(graph, locations, 'model.norm.weight'), config.rmsNormEps)
  graph.output('hidden', gatherRows(graph, normed, graph.input('hidden_rows', 'int64', ['hidden_rows'])))
  if (options.hasHead ?? true) {
    // A tied head is declared apart from the table: packing lets go of its mapped pages, and the gather touches few of the table's.
    const head = config.tieWordEmbeddings
      ? toFloat32(graph, storedWeight(graph, locations, 'model.embed_tokens.weight', 'tied_head'))
      : weight(graph, locations, 'lm_head.weight')
    const rows = gatherRows(graph, normed, graph.input('logit_rows', 'int64', ['logit_rows']))
    graph.output('logits', linear(graph, rows, head))
  }
  return graph.encode()
}

/** Rows of the embedding table, or latents where `latent_index` says so: [tokens, hidden]. */
function inputEmbeddings(graph: GraphBuilder, config: DecoderConfig, inputIds: Value, table: Value): Value {
  const flatIds = reshape(graph, inputIds, graph.int64('flat', [-1]), ['tokens'])
  // Half-precision tables are cast after the gather: casting the whole table would keep a second copy of it.
  const tokens = toFloat32(graph, gatherRows(graph, table, flatIds))
  const latentIndex = graph.input('latent_index', 'int64', ['tokens'])
  const latents = graph.input('latents', 'float32', ['latents', config.hiddenSize])
  const isLatent = unsqueeze(graph, isNonNegative(graph, latentIndex), [1])
  return where(graph, isLatent, gatherRows(graph, latents, latentIndex), tokens)
}

/** One layer's weights and adapters by their Hugging Face names. */
class LayerScope {
  readonly graph: GraphBuilder
  readonly config: DecoderConfig
  readonly layer: number
  readonly present: 'rows' | 'joined'
  readonly #locations: WeightLocations
  readonly #loraModules: ReadonlySet<string>

  constructor(graph: GraphBuilder, config: DecoderConfig, locations: WeightLocations, options: DecoderGraphOptions, layer: number) {
    this.graph = graph
    this.config = config
    this.layer = layer
    this.present = options.present ?? 'rows'
    this.#locations = locations
    this.#loraModules = options.loraModules
  }

  weight(name: string): Value {
    return weight(this.graph, this.#locations, `model.layers.${this.layer}.${name}`)
  }

  /** The linear module `name` with its bias and adapter where it has them. */
  project(name: string, x: Value): Value {
    const bias = this.#locations.has(`model.layers.${this.layer}.${name}.bias`) ? this.weight(`${name}.bias`) : undefined
    const y = linear(this.graph, x, this.weight(`${name}.weight`), bias)
    const module = `layers.${this.layer}.${name}`
    return this.#loraModules.has(module) ? addLora(this.graph, module, x, y) : y
  }

  norm(name: string, x: Value): Value {
    return rmsNorm(this.graph, x, this.weight(`${name}.weight`), this.config.rmsNormEps)
  }
}

function decoderLayer(
  scope: LayerScope,
  frame: AttentionFrame,
  rotary: { cos: Value; sin: Value },
  past: { pastKey: Value; pastValue: Value },
  hidden: Value,
): Value {
  const { graph } = scope
  const attended = add(graph, hidden, selfAttention(scope, frame, rotary, past, scope.norm('input_layernorm', hidden)))
  const x = scope.norm('post_attention_layernorm', attended)
  const gated = multiply(graph, silu(graph, scope.project('mlp.gate_proj', x)), scope.project('mlp.up_proj', x))
  return add(graph, attended, scope.project('mlp.down_proj', gated))
}

function selfAttention(
  scope: LayerScope,
  frame: AttentionFrame,
  rotary: { cos: Value; sin: Value },
  past: { pastKey: Value; pastValue: Value },
  x: Value,
): Value {
  const { graph, config, layer } = scope
  let query = splitHeads(graph, frame, scope.project('self_attn.q_proj', x), config.numAttentionHeads)
  let newKey = splitHeads(graph, frame, scope.project('self_attn.k_proj', x), config.numKeyValueHeads)
  const newValue = splitHeads(graph, frame, scope.project('self_attn.v_proj', x), config.numKeyValueHeads)
  if (config.hasQueryKeyNorm) {
    query = scope.norm('self_attn.q_norm', query)
    newKey = scope.norm('self_attn.k_norm', newKey)
  }
  if (config.useRope[layer] ?? true) {
    query = rotaryEmbedding(graph, query, rotary.cos, rotary.sin)
    newKey = rotaryEmbedding(graph, newKey, rotary.cos, rotary.sin)
  }
  outputPresent(scope, past, newKey, newValue)
  return scope.project('self_attn.o_proj', attend(graph, frame, query, { ...past, newKey, newValue }))
}

function outputPresent(scope: LayerScope, past: { pastKey: Value; pastValue: Value }, newKey: Value, newValue: Value): void {
  const names = cacheNames(scope.layer)
  const join = (pastRows: Value, newRows: Value): Value =>
    scope.present === 'joined' ? concat(scope.graph, [pastRows, newRows], 2, 'past+seq') : newRows
  scope.graph.output(names.presentKey, join(past.pastKey, newKey))
  scope.graph.output(names.presentValue, join(past.pastValue, newValue))
}
