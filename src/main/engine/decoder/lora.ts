/** @file LoRA on linear modules. Its factors are graph inputs, so that one graph serves reasoner, weaver and trigger. Knows no adapter file. */
import type { GraphBuilder } from '../onnx/graph-builder.ts'
import type { Dim, Value } from '../onnx/value.ts'
import { add } from '../ops/elementwise.ts'
import { linear, linearOnto } from '../ops/matrix.ts'

/** The factors of one module, as training holds them. */
export interface LoraFactors {
  /** [rank, in] */
  readonly a: Value
  /** [out, rank], alpha / r multiplied in. */
  readonly b: Value
  /** What becomes of the input before A. @default the input as it is */
  readonly dropout?: (x: Value) => Value
}

/** y + B (A x) (docs/REFERENCE.md 1.9): x [tokens, in], y [tokens, out] float32. */
export function addLora(graph: GraphBuilder, x: Value, y: Value, { a, b, dropout }: LoraFactors): Value {
  return graph.within('lora', () => add(graph, y, linear(graph, linear(graph, dropout?.(x) ?? x, a), b)))
}

/** A linear module such as `layers.0.self_attn.q_proj`, whose weight is [outSize, inSize]. */
export interface LinearModule {
  readonly name: string
  readonly outSize: number
  readonly inSize: number
}

/** A product y [tokens, outSizes together] float32 of modules that read the same x, one behind the other. */
export interface ModuleProduct {
  readonly modules: readonly LinearModule[]
  readonly y: Value
}

/**
 * Graph inputs of the adapters of modules that read the same x: A's of all adapted modules below each other in one matrix, so that they cost
 * a step one product, and for each product of the modules its B's, a block of columns for each adapted module.
 */
export interface LoraInputs {
  /** Name of A [ranks, inSize]. */
  readonly a: string
  readonly inSize: number
  /** Adapted modules in the order of their ranks. */
  readonly adapted: readonly string[]
  /** Name of B [outSizes together, ranks] and whose rows it has; modules that are not adapted have rows of zeros. */
  readonly products: readonly { readonly b: string; readonly modules: readonly LinearModule[] }[]
}

/** The graph input that says which ranks are whose, where a graph has it, of modules of which `adapted` share an input. */
export function loraGateName(adapted: number): string {
  return `lora_gate.${adapted}`
}

/**
 * Declares the inputs of the products' adapters, with a dynamic number of ranks: none is no adapter.
 * @returns undefined where no module is adapted
 */
export function loraInputs(products: readonly ModuleProduct[], isAdapted: (module: string) => boolean): LoraInputs | undefined {
  const modules = products.flatMap((product) => product.modules)
  const adapted = modules.map(({ name }) => name).filter(isAdapted)
  const [first] = adapted
  const inSize = modules[0]?.inSize
  if (first === undefined || inSize === undefined) return undefined
  const named = products.flatMap((product) => {
    const name = product.modules.map((module) => module.name).find(isAdapted)
    return name === undefined ? [] : [{ b: `lora.${name}.b`, modules: product.modules }]
  })
  return { a: `lora.${first}.a`, inSize, adapted, products: named }
}

/**
 * y + B (A x) for each product y of modules that read x [tokens, in] float32.
 * @param gate [tokens or 1, ranks or 1]: what a token takes of each rank, where one run serves several adapters. @default all of it
 */
export function addStackedLora(graph: GraphBuilder, x: Value, products: readonly ModuleProduct[], inputs: LoraInputs, gate?: Value): ModuleProduct[] {
  return graph.within('lora', () => {
    const ranks: Dim = `ranks.${inputs.a}`
    const stacked = linear(graph, x, graph.input(inputs.a, 'float32', [ranks, inputs.inSize]))
    // Written out, since whether the gate is one number or one a token and rank is known only when it is fed.
    const gated = gate === undefined ? stacked : graph.single('Mul', [stacked, gate], 'float32', stacked.shape)
    return products.map((product) => {
      const input = inputs.products.find(({ modules }) => modules === product.modules)
      if (input === undefined) return product
      const outSize = product.modules.reduce((sum, module) => sum + module.outSize, 0)
      return { ...product, y: linearOnto(graph, gated, graph.input(input.b, 'float32', [outSize, ranks]), product.y) }
    })
  })
}
