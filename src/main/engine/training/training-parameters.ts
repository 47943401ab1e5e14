/**
 * @file What of a decoder is trained: parameters in training are inputs of the graph, all others stay in their files. It knows no
 * optimizer and no file format.
 */
import { storedWeight, type WeightLocations } from '../decoder/graph-weights.ts'
import { required, type DecoderParameters } from '../decoder/decoder-stack.ts'
import { addLora, type LinearModule, type LoraFactors, type ModuleProduct } from '../decoder/lora.ts'
import type { GraphBuilder } from '../onnx/graph-builder.ts'
import { dimAt, type Dim, type Value } from '../onnx/value.ts'
import { multiply, toFloat32 } from '../ops/elementwise.ts'

/** One adapter in training. */
export interface TrainedLora {
  /** alpha / r of each module such as `layers.0.self_attn.q_proj`; modules that are not listed have no adapter. */
  readonly scalings: ReadonlyMap<string, number>
  /** Whether inputs of A are dropped now and then; each run then takes a mask for each module. */
  readonly hasDropout: boolean
  /** What the parameters are called. */
  readonly nameOf: (module: string, half: 'A' | 'B') => string
}

export interface TrainingParametersOptions {
  /** All of the base's parameters are in training, under their Hugging Face names. @default false */
  readonly trainsBase?: boolean
  /** @default none */
  readonly lora?: TrainedLora
}

/** Name of the input that each element is multiplied by, float32 [tokens, in]. */
export function dropoutName(module: string): string {
  return `dropout.${module}`
}

/** A decoder's parameters for one graph; `trained` lists the inputs that were declared, by parameter name. */
export class TrainingParameters implements DecoderParameters {
  readonly trained = new Map<string, Value>()
  /** Width of the input of each module that wants a dropout mask. */
  readonly dropoutWidths = new Map<string, number>()
  readonly #graph: GraphBuilder
  readonly #locations: WeightLocations
  readonly #options: TrainingParametersOptions
  readonly #frozen = new Map<string, Value>()

  constructor(graph: GraphBuilder, locations: WeightLocations, options: TrainingParametersOptions = {}) {
    this.#graph = graph
    this.#locations = locations
    this.#options = options
  }

  find(name: string): Value | undefined {
    const stored = this.stored(name)
    return stored && toFloat32(this.#graph, stored)
  }

  matrix(name: string): Value {
    return required(this, name)
  }

  /** The parameter in the dtype it has: tables are cast after rows were taken, not before. */
  stored(name: string): Value | undefined {
    const location = this.#locations.get(name)
    if (location === undefined) return undefined
    if (this.#options.trainsBase === true) return this.train(name, location.shape)
    const known = this.#frozen.get(name) ?? storedWeight(this.#graph, this.#locations, name)
    this.#frozen.set(name, known)
    return known
  }

  /** Declares a parameter in training; asking twice gives the same input. */
  train(name: string, shape: readonly Dim[]): Value {
    const known = this.trained.get(name) ?? this.#graph.input(name, 'float32', shape)
    this.trained.set(name, known)
    return known
  }

  /** Each module has a product of its own here. */
  adapt(x: Value, products: readonly ModuleProduct[]): readonly ModuleProduct[] {
    return products.map((product) => {
      const [module] = product.modules
      const factors = module && this.#lora(module)
      return factors === undefined ? product : { ...product, y: addLora(this.#graph, x, product.y, factors) }
    })
  }

  #lora({ name: module, outSize, inSize }: LinearModule): LoraFactors | undefined {
    const { lora } = this.#options
    const scaling = lora?.scalings.get(module)
    if (lora === undefined || scaling === undefined) return undefined
    const rank = `rank.${module}`
    const b = this.train(lora.nameOf(module, 'B'), [outSize, rank])
    const factors = {
      a: this.train(lora.nameOf(module, 'A'), [rank, inSize]),
      b: multiply(this.#graph, b, this.#graph.float32Scalar('lora_scaling', scaling)),
    }
    return lora.hasDropout ? { ...factors, dropout: (x) => this.#dropOut(module, x) } : factors
  }

  #dropOut(module: string, x: Value): Value {
    const width = dimAt(x, 1)
    if (typeof width !== 'number') throw new Error(`internal: the input of ${module} has no fixed width`)
    this.dropoutWidths.set(module, width)
    return multiply(this.#graph, x, this.#graph.input(dropoutName(module), 'float32', x.shape))
  }
}
