/**
 * @file The one forward graph of all roles and families (docs/DESIGN.md 4.3), with its inputs and outputs for decoding.
 * It does not know who calls it, nor where caches live.
 */
import { expectedTensors, type DecoderConfig } from '../checkpoint/index.ts'
import { GraphBuilder } from '../onnx/graph-builder.ts'
import type { Value } from '../onnx/value.ts'
import { isNonNegative, where } from '../ops/elementwise.ts'
import { concat, gatherRows, unsqueeze } from '../ops/layout.ts'
import { lastSum } from '../ops/reduction.ts'
import { linearProduct, linearRows, type LinearWeight } from '../ops/quantized-matrix.ts'
import { attentionFrame, type LayerCache, type PastKeyValues } from './attention.ts'
import { decoderStack, type DecoderParameters, type RotaryTables } from './decoder-stack.ts'
import { joinedWeight, linearWeight, tableRows, unquantizedName, weight, type WeightLocations } from './graph-weights.ts'
import { outputLogitBlocks } from './logit-blocks.ts'
import { FlatLayout, type HeadLayout, type HeadRows } from './head-layout.ts'
import { addStackedLora, loraGateName, loraInputs, type LoraInputs, type ModuleProduct } from './lora.ts'
import { attendPool, poolFrame, type NewTokens, type PoolLayer } from './pooled-attention.ts'

/** The embedding table, [vocab, hidden]. */
export const EMBEDDINGS = 'model.embed_tokens.weight'

export interface DecoderGraphOptions {
  /** Modules that take LoRA inputs, such as `layers.0.self_attn.q_proj`. */
  readonly loraModules: ReadonlySet<string>
  /** Whether rows of one run may have different adapters: inputs named by `loraGateName` then say which (lora.ts). @default false */
  readonly gatesLora?: boolean
  /** Whether logits are ever wanted; weaver and trigger never use the head. @default true */
  readonly hasHead?: boolean
  /**
   * Where keys and values are between runs: with the caller, who feeds those of the past and gets the new tokens' rows; or in a pool
   * of slots that stays on the device and is written to (pooled-attention.ts). @default 'rows'
   */
  readonly caches?: 'rows' | 'pool'
}

/** Names of one layer's cache inputs, and of its results where each layer has its own. */
export function cacheNames(layer: number): { pastKey: string; pastValue: string; presentKey: string; presentValue: string } {
  return {
    pastKey: `past_key_values.${layer}.key`,
    pastValue: `past_key_values.${layer}.value`,
    presentKey: `present.${layer}.key`,
    presentValue: `present.${layer}.value`,
  }
}

/** Of all layers' keys and values. */
export function presentNames({ numHiddenLayers }: Pick<DecoderConfig, 'numHiddenLayers'>): string[] {
  return Array.from({ length: numHiddenLayers }, (_, layer) => cacheNames(layer)).flatMap(({ presentKey, presentValue }) => [presentKey, presentValue])
}

/** An encoded graph, and inputs of it that depend on how its weights lie. */
export interface DecoderGraph {
  readonly model: Uint8Array
  readonly loraInputs: readonly LoraInputs[]
  readonly headRows: readonly HeadRows[]
}

/**
 * Encodes the graph. Inputs: `input_ids` [tokens] int64, of all rows without padding; which cell of [batch, seq] each token has, as `headRows`
 * and `ATTENDED_ROWS` (head-layout.ts); `latent_index` [tokens] int64, the row of `latents` that
 * stands in place of the token, or -1; `latents` [latents, hidden], at least one row; `cos`, `sin` [batch, seq, headDim / 2];
 * `attention_mask` [batch, 1, seq, past + seq], additive; caches [batch, kvHeads, past, headDim], or pools with what `poolFrame` adds and
 * a mask over their slots; LoRA factors as `loraInputs` lists them; `hidden_rows` and `logit_rows`, indices of tokens. Outputs: `hidden` [rows, hidden] after the
 * final norm, `logits` [rows, vocab] with what `logit-blocks.ts` folds of them, keys and values.
 */
export function buildDecoderGraph(config: DecoderConfig, stored: WeightLocations, options: DecoderGraphOptions): DecoderGraph {
  const graph = new GraphBuilder('decoder')
  const locations = expectedLocations(config, stored)
  const inputIds = graph.input('input_ids', 'int64', ['tokens'])
  // On a device one float32 table for both: half-precision rows need what not every device has, and a tied head would be a second copy.
  const table = options.caches === 'pool' ? linearWeight(graph, locations, EMBEDDINGS) : undefined
  const embedded = graph.within('embed_tokens', () => inputEmbeddings(graph, config, locations, inputIds, table))

  const rotary = rotaryInputs(graph, config)
  const parameters = new StoredParameters(graph, locations, options)
  const layout = new FlatLayout(graph, config)
  const parts = { config, parameters, rotary, layout }
  const normed = options.caches === 'pool' ? decodeOverPool(graph, parts, embedded) : decodeOverRows(graph, parts, embedded)

  graph.output('hidden', gatherRows(graph, normed, graph.input('hidden_rows', 'int64', ['hidden_rows'])))
  if (options.hasHead ?? true) {
    const rows = gatherRows(graph, normed, graph.input('logit_rows', 'int64', ['logit_rows']))
    graph.within('lm_head', () => {
      const logits = linearProduct(graph, rows, headWeight(graph, config, locations, table))
      graph.output('logits', logits)
      outputLogitBlocks(graph, logits, config.vocabSize)
    })
  }
  return { model: graph.encode(), loraInputs: parameters.loraInputs, headRows: layout.headRows }
}

interface StackParts {
  readonly config: DecoderConfig
  readonly parameters: DecoderParameters
  readonly rotary: RotaryTables
  readonly layout: HeadLayout
}

/** Past keys and values come in, the new tokens' go out. */
function decodeOverRows(graph: GraphBuilder, { config, parameters, rotary, layout }: StackParts, embedded: Value): Value {
  const mask = graph.input('attention_mask', 'float32', ['batch', 1, 'seq', 'past+seq'])
  const pasts = pastInputs(graph, config)
  const frame = graph.within('attention_frame', () => attentionFrame(graph, config, rotary.cos, mask, pasts[0]?.pastKey, layout))
  const { normed, layers } = decoderStack(graph, config, parameters, { frame, rotary, pasts }, embedded)
  outputNewTokens(graph, layers)
  return normed
}

/** Results of a graph whose caches are the caller's: keys and values of the new tokens, [layers * batch, kvHeads, seq, headDim] float32, a layer behind the other. */
export const newTokenNames = { keys: 'new_keys', values: 'new_values' } as const

/** Two results for all layers: handing over one a layer costs a step more than joining them. */
export function outputNewTokens(graph: GraphBuilder, layers: readonly LayerCache[]): void {
  graph.output(newTokenNames.keys, concat(graph, layers.map(({ newKey }) => newKey), 0, 'layers*batch'))
  graph.output(newTokenNames.values, concat(graph, layers.map(({ newValue }) => newValue), 0, 'layers*batch'))
}

/** The pool comes in and goes out with the new tokens written into it. */
function decodeOverPool(graph: GraphBuilder, { config, parameters, rotary, layout }: StackParts, embedded: Value): Value {
  const mask = graph.input('attention_mask', 'float32', ['batch', 1, 'seq', 'slots'])
  const layers = poolInputs(graph, config)
  const frame = graph.within('attention_frame', () => attentionFrame(graph, config, rotary.cos, mask, undefined, layout))
  const pool = graph.within('attention_frame', () => poolFrame(graph, config, rotary.cos, mask))
  const attendOver = (tokens: NewTokens, layer: number): Value => {
    const slots = layers[layer]
    if (slots === undefined) throw new Error(`internal: the pool has no layer ${layer}`)
    const { attended, written } = attendPool(graph, frame, pool, slots, tokens)
    outputLayer(graph, layer, written)
    return attended
  }
  const { normed } = decoderStack(graph, config, parameters, { frame, rotary, pasts: [], attendOver }, embedded)
  graph.output(TOKEN_SUMS, lastSum(graph, normed))
  return normed
}

/** Result of a graph over a pool: [tokens, 1], not finite where a token's numbers are not; what it stored was clamped. */
export const TOKEN_SUMS = 'token_sums'

/** The stored tensors that the configuration asks for: a bias that lies in the file all the same is ignored, as in transformers. */
export function expectedLocations(config: DecoderConfig, stored: WeightLocations): WeightLocations {
  const expected = expectedTensors(config)
  return new Map([...stored].filter(([name]) => expected.has(unquantizedName(name))))
}

/**
 * The head [vocab, hidden].
 * @param table what a tied head is. @default declared apart from the table: packing lets go of its mapped pages, and the gather touches few of the table's
 */
export function headWeight(graph: GraphBuilder, config: DecoderConfig, locations: WeightLocations, table?: LinearWeight): LinearWeight {
  if (config.tieWordEmbeddings) return table ?? linearWeight(graph, locations, EMBEDDINGS, 'tied_head')
  return linearWeight(graph, locations, 'lm_head.weight')
}

/** cos and sin [batch, seq, headDim / 2]. */
export function rotaryInputs(graph: GraphBuilder, { headDim }: DecoderConfig): RotaryTables {
  const shape = ['batch', 'seq', headDim / 2]
  return { cos: graph.input('cos', 'float32', shape), sin: graph.input('sin', 'float32', shape) }
}

export type CacheShape = Pick<DecoderConfig, 'numHiddenLayers' | 'numKeyValueHeads' | 'headDim'>

/** Pools of all layers under the names of cached keys and values. */
export function poolInputs(graph: GraphBuilder, { numHiddenLayers, numKeyValueHeads, headDim }: CacheShape): PoolLayer[] {
  return Array.from({ length: numHiddenLayers }, (_, layer) => {
    const { pastKey, pastValue } = cacheNames(layer)
    return {
      keys: graph.input(pastKey, 'float32', [numKeyValueHeads, headDim, 'slots']),
      values: graph.input(pastValue, 'float32', [numKeyValueHeads, 'slots', headDim]),
    }
  })
}

/** Declares a layer of a pool as a result. */
export function outputLayer(graph: GraphBuilder, layer: number, { keys, values }: PoolLayer): void {
  graph.output(cacheNames(layer).presentKey, keys)
  graph.output(cacheNames(layer).presentValue, values)
}

/** One pair of caches a layer, [batch, kvHeads, past, headDim]. */
export function pastInputs(graph: GraphBuilder, config: DecoderConfig): PastKeyValues[] {
  const shape = ['batch', config.numKeyValueHeads, 'past', config.headDim]
  return Array.from({ length: config.numHiddenLayers }, (_, layer) => {
    const names = cacheNames(layer)
    return { pastKey: graph.input(names.pastKey, 'float32', shape), pastValue: graph.input(names.pastValue, 'float32', shape) }
  })
}

/**
 * Rows of the embedding table at the ids [tokens] int64, or latents where `latent_index` says so: [tokens, hidden].
 * @param table where the rows are. @default the stored one
 */
export function inputEmbeddings(graph: GraphBuilder, config: DecoderConfig, locations: WeightLocations, inputIds: Value, table?: LinearWeight): Value {
  const rows = table === undefined ? tableRows(graph, locations, EMBEDDINGS, inputIds) : linearRows(graph, table, inputIds)
  return embeddingsWithLatents(graph, config, rows).inputsEmbeds
}

/** Puts rows of the input `latents` in the place of tokens [tokens, hidden] where the input `latent_index` is not negative. */
export function embeddingsWithLatents(graph: GraphBuilder, config: DecoderConfig, tokens: Value): { inputsEmbeds: Value; latents: Value } {
  const latentIndex = graph.input('latent_index', 'int64', ['tokens'])
  const latents = graph.input('latents', 'float32', ['latents', config.hiddenSize])
  const isLatent = unsqueeze(graph, isNonNegative(graph, latentIndex), [1])
  return { inputsEmbeds: where(graph, isLatent, gatherRows(graph, latents, latentIndex), tokens), latents }
}

/** Weights in their files, adapters as graph inputs. */
export class StoredParameters implements DecoderParameters {
  /** Of every group of modules so far. */
  readonly loraInputs: LoraInputs[] = []
  readonly #graph: GraphBuilder
  readonly #locations: WeightLocations
  readonly #loraModules: ReadonlySet<string>
  readonly #gatesLora: boolean
  readonly #gates = new Map<string, Value>()

  constructor(graph: GraphBuilder, locations: WeightLocations, { loraModules, gatesLora = false }: Pick<DecoderGraphOptions, 'loraModules' | 'gatesLora'>) {
    this.#graph = graph
    this.#locations = locations
    this.#loraModules = loraModules
    this.#gatesLora = gatesLora
  }

  find(name: string): Value | undefined {
    return this.#locations.has(name) ? weight(this.#graph, this.#locations, name) : undefined
  }

  matrix(name: string): LinearWeight {
    return linearWeight(this.#graph, this.#locations, name)
  }

  joinedMatrix(names: readonly string[]): LinearWeight | undefined {
    return joinedWeight(this.#graph, this.#locations, names)
  }

  adapt(x: Value, products: readonly ModuleProduct[]): readonly ModuleProduct[] {
    const inputs = loraInputs(products, (module) => this.#loraModules.has(module))
    if (inputs === undefined) return products
    this.loraInputs.push(inputs)
    return addStackedLora(this.#graph, x, products, inputs, this.#gatesLora ? this.#gate(inputs.adapted.length) : undefined)
  }

  #gate(adapted: number): Value {
    const name = loraGateName(adapted)
    const gate = this.#gates.get(name) ?? this.#graph.input(name, 'float32', ['gated_tokens', `gated_ranks.${adapted}`])
    this.#gates.set(name, gate)
    return gate
  }
}
