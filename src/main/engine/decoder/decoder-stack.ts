/**
 * @file The decoder's layers as a graph function, for decoding and for training alike: qwen2, llama, smollm3 and qwen3 differ
 * by their configuration only. It does not know where parameters come from, nor what becomes of keys and values.
 *
 * Shapes: tokens = batch * seq; the residual stream is flat, [tokens, hidden], so that weights in PyTorch's layout
 * meet it in Gemm without a transpose. Only attention looks at [batch, seq].
 */
import { layerLinearShapes, type DecoderConfig } from '../checkpoint/index.ts'
import type { GraphBuilder } from '../onnx/graph-builder.ts'
import type { Value } from '../onnx/value.ts'
import { add, multiply, silu } from '../ops/elementwise.ts'
import { concat, splitAlong } from '../ops/layout.ts'
import { rmsNorm } from '../ops/normalization.ts'
import { linearProduct, linearShape, type LinearWeight } from '../ops/quantized-matrix.ts'
import { rotaryEmbedding } from '../ops/rotary.ts'
import { attend, type AttentionFrame, type LayerCache, type PastKeyValues } from './attention.ts'
import type { LinearModule, ModuleProduct } from './lora.ts'
import type { NewTokens } from './pooled-attention.ts'

/** Modules of a layer that read the same input; side files of quantised weights keep them together. */
export const modulesOfOneInput = {
  attention: ['self_attn.q_proj', 'self_attn.k_proj', 'self_attn.v_proj'],
  mlp: ['mlp.gate_proj', 'mlp.up_proj'],
} as const

/** Where parameters come from: files for frozen ones, graph inputs for those in training. */
export interface DecoderParameters {
  /** The float32 parameter of this Hugging Face name; undefined for one the model does not have, such as a bias. */
  find(name: string): Value | undefined
  /** The [out, in] matrix of this name, which the model has. */
  matrix(name: string): LinearWeight
  /** One matrix of the rows of all of these, where it can be had without a copy. @default never */
  joinedMatrix?(names: readonly string[]): LinearWeight | undefined
  /** The products of modules that read x, with the adapters of those that have one added. */
  adapt(x: Value, products: readonly ModuleProduct[]): readonly ModuleProduct[]
}

/** cos and sin [batch, seq, headDim / 2] float32. */
export interface RotaryTables {
  readonly cos: Value
  readonly sin: Value
}

/** Is told what happens inside the layers, in their order, so that a graph can return more than the last state. */
export interface LayerObserver {
  /** The residual stream that layer `layer` leaves behind, [tokens, hidden] float32. */
  onHidden(hidden: Value, layer: number): void
  /** Its attention, [batch, kvHeads, groups, seq, past + seq] float32. */
  onAttention(probabilities: Value, layer: number): void
}

export interface DecoderContext {
  readonly frame: AttentionFrame
  readonly rotary: RotaryTables
  /** One a layer, or none at all for a whole sequence. */
  readonly pasts: readonly PastKeyValues[]
  /** Attends in the layer's place, to [tokens, heads * headDim] float32. @default attention over `pasts` and the new tokens */
  readonly attendOver?: (tokens: NewTokens, layer: number) => Value
  /** @default nobody */
  readonly observer?: LayerObserver
}

export interface DecoderResult {
  /** [tokens, hidden] float32 after the final norm. */
  readonly normed: Value
  /** That norm's weight, [hidden] float32. */
  readonly finalNorm: Value
  readonly layers: readonly LayerCache[]
}

/** Runs [tokens, hidden] float32 through all layers and the final norm. */
export function decoderStack(
  graph: GraphBuilder,
  config: DecoderConfig,
  parameters: DecoderParameters,
  context: DecoderContext,
  inputsEmbeds: Value,
): DecoderResult {
  let hidden = inputsEmbeds
  const layers: LayerCache[] = []
  for (let layer = 0; layer < config.numHiddenLayers; layer++) {
    const scope = new LayerScope(graph, config, parameters, layer)
    const result = graph.within(`layers.${layer}`, () => decoderLayer(scope, context, context.pasts[layer], hidden))
    hidden = result.hidden
    context.observer?.onHidden(hidden, layer)
    layers.push(result.cache)
  }
  const finalNorm = required(parameters, 'model.norm.weight')
  return { normed: graph.within('norm', () => rmsNorm(graph, hidden, finalNorm, config.rmsNormEps)), finalNorm, layers }
}

/** The parameter, which the model's configuration says it has. */
export function required(parameters: DecoderParameters, name: string): Value {
  const value = parameters.find(name)
  if (value === undefined) throw new Error(`internal: tensor ${name} was not checked before the graph was built`)
  return value
}

/** One layer's weights and adapters by their Hugging Face names. */
class LayerScope {
  readonly graph: GraphBuilder
  readonly config: DecoderConfig
  readonly layer: number
  readonly #parameters: DecoderParameters

  constructor(graph: GraphBuilder, config: DecoderConfig, parameters: DecoderParameters, layer: number) {
    this.graph = graph
    this.config = config
    this.layer = layer
    this.#parameters = parameters
  }

  /** The linear module `name` with its bias and adapter where it has them. */
  project(name: string, x: Value): Value {
    const [product] = this.#parameters.adapt(x, [this.#product(name, x)])
    if (product === undefined) throw new Error(`internal: ${name} lost its product`)
    return product.y
  }

  /**
   * Modules that read the same x, with biases and adapters: one product of all where their weights lie together, which saves a run's threads some
   * of their meetings, else one each.
   */
  projectTogether(names: readonly string[], x: Value): readonly ModuleProduct[] {
    const joined = this.#parameters.joinedMatrix?.(names.map((name) => `model.${this.#module(name).name}.weight`))
    const products = joined === undefined ? names.map((name) => this.#product(name, x)) : [this.#joinedProduct(names, joined, x)]
    return this.#parameters.adapt(x, products)
  }

  #product(name: string, x: Value): ModuleProduct {
    const module = this.#module(name)
    const weight = this.#parameters.matrix(`model.${module.name}.weight`)
    return { modules: [module], y: linearProduct(this.graph, x, weight, this.#parameters.find(`model.${module.name}.bias`)) }
  }

  #joinedProduct(names: readonly string[], joined: LinearWeight, x: Value): ModuleProduct {
    const modules = names.map((name) => this.#module(name))
    const biases = modules.flatMap((module) => this.#parameters.find(`model.${module.name}.bias`) ?? [])
    // Either all of them have one or none (DecoderConfig.attentionBias), and joined it is folded when the session is created.
    const bias = biases.length === 0 ? undefined : concat(this.graph, biases, 0, linearShape(joined)[0])
    return { modules, y: linearProduct(this.graph, x, joined, bias) }
  }

  #module(name: string): LinearModule {
    const shape = layerLinearShapes(this.config)[name]
    if (shape === undefined) throw new Error(`internal: a layer has no linear module ${name}`)
    return { name: `layers.${this.layer}.${name}`, outSize: shape[0], inSize: shape[1] }
  }

  norm(name: string, x: Value): Value {
    const weight = required(this.#parameters, `model.layers.${this.layer}.${name}.weight`)
    return this.graph.within('norm', () => rmsNorm(this.graph, x, weight, this.config.rmsNormEps))
  }
}

function decoderLayer(scope: LayerScope, context: DecoderContext, past: PastKeyValues | undefined, hidden: Value): { hidden: Value; cache: LayerCache } {
  const { graph } = scope
  const normed = scope.norm('input_layernorm', hidden)
  const { attention, cache } = graph.within('self_attn', () => selfAttention(scope, context, past, normed))
  const attended = add(graph, hidden, attention)
  const x = scope.norm('post_attention_layernorm', attended)
  const mlp = graph.within('mlp', () => {
    const [gate, up] = scope.projectTogether(modulesOfOneInput.mlp, x).flatMap((product) => columnsOf(graph, product)) as [Value, Value] // one for each module
    return scope.project('mlp.down_proj', multiply(graph, silu(graph, gate), up))
  })
  return { hidden: add(graph, attended, mlp), cache }
}

/** The product of each module. */
function columnsOf(graph: GraphBuilder, { modules, y }: ModuleProduct): Value[] {
  return modules.length === 1 ? [y] : splitAlong(graph, y, 1, modules.map(({ outSize }) => outSize))
}

function selfAttention(scope: LayerScope, { frame, rotary, attendOver, observer }: DecoderContext, past: PastKeyValues | undefined, x: Value): { attention: Value; cache: LayerCache } {
  const { graph, config, layer } = scope
  const products = scope.projectTogether(modulesOfOneInput.attention, x)
  const heads = products.flatMap(({ modules, y }) =>
    modules.length > 1 ? frame.layout.splitJoined(y) : modules.map(({ outSize }) => frame.layout.split(y, outSize / config.headDim)),
  )
  const [ofQueries, ofKeys, newValue] = heads as [Value, Value, Value] // one for each module
  let [query, newKey] = [ofQueries, ofKeys]
  if (config.hasQueryKeyNorm) {
    query = scope.norm('self_attn.q_norm', query)
    newKey = scope.norm('self_attn.k_norm', newKey)
  }
  if (config.useRope[layer] ?? true) {
    query = rotaryEmbedding(graph, query, rotary.cos, rotary.sin)
    newKey = rotaryEmbedding(graph, newKey, rotary.cos, rotary.sin)
  }
  const cache = { past, newKey, newValue }
  const attended =
    attendOver?.({ query, newKey, newValue }, layer) ?? attend(graph, frame, query, cache, observer && ((probabilities) => observer.onAttention(probabilities, layer)))
  return { attention: scope.project('self_attn.o_proj', attended), cache }
}
