/**
 * @file Weights of a model folder, and their quantised form in a side file, as initializers that stay in their files
 * (docs/DESIGN.md 4.2). Knows no architecture.
 */
import type { TensorLocation } from '../checkpoint/index.ts'
import type { GraphBuilder } from '../onnx/graph-builder.ts'
import type { ElementType, Value } from '../onnx/value.ts'
import { toFloat32 } from '../ops/elementwise.ts'
import { gatherRows } from '../ops/layout.ts'
import { quantizedRows, type LinearWeight, type QuantizedMatrix } from '../ops/quantized-matrix.ts'

/**
 * Hugging Face tensor names to byte ranges. Where a matrix stands quantised in a side file as well, its numbers and scales are listed
 * under `quantizedNames`, and graphs for inference take these.
 */
export type WeightLocations = ReadonlyMap<string, TensorLocation>

const elementTypes = { F32: 'float32', F16: 'float16', BF16: 'bfloat16', U8: 'uint8' } as const satisfies Record<string, ElementType>

/**
 * The stored tensor, in the dtype of its file.
 * @param alias what the graph calls it, for a tensor that is wanted twice. @default the tensor's name
 */
export function storedWeight(graph: GraphBuilder, locations: WeightLocations, name: string, alias = name): Value {
  const location = locations.get(name)
  if (location === undefined) throw new Error(`internal: tensor ${name} was not checked before the graph was built`)
  const { dtype, shape, byteOffset, byteLength } = location
  if (!(dtype in elementTypes)) throw new Error(`internal: tensor ${name} has dtype ${dtype}`)
  const elementType = elementTypes[dtype as keyof typeof elementTypes]
  return graph.external(alias, elementType, shape, { location: externalLocation(location.file), byteOffset, byteLength })
}

/** The tensor as float32; half-precision weights get a cast that is folded when the session is created. */
export function weight(graph: GraphBuilder, locations: WeightLocations, name: string): Value {
  return toFloat32(graph, storedWeight(graph, locations, name))
}

/** What a quantised matrix is called beside its tensor's name: numbers [out, blocks, bytes] U8, scales [out, blocks] F32. */
export function quantizedNames(name: string, bits: 8 | 4): { values: string; scales: string } {
  return { values: `${name}.q${bits}`, scales: `${name}.q${bits}.scales` }
}

/** Whether the matrices of these weights stand quantised beside them. */
export function hasQuantizedMatrices(locations: WeightLocations): boolean {
  return [...locations.keys()].some((name) => unquantizedName(name) !== name)
}

/** The tensor that a name of `quantizedNames` belongs to; any other name as it is. */
export function unquantizedName(name: string): string {
  return name.replace(/\.q[84](?:\.scales)?$/, '')
}

/**
 * The matrix as a product takes it: quantised where it is, else float32.
 * @param alias what the graph calls it, for a tensor that is wanted twice. @default the tensor's name
 */
export function linearWeight(graph: GraphBuilder, locations: WeightLocations, name: string, alias = name): LinearWeight {
  return quantizedWeight(graph, locations, name, alias) ?? toFloat32(graph, storedWeight(graph, locations, name, alias))
}

/** Rows of a table [rows, width] at `indices` [n] int64 -> [n, width] float32. */
export function tableRows(graph: GraphBuilder, locations: WeightLocations, name: string, indices: Value): Value {
  const quantized = quantizedWeight(graph, locations, name, name)
  if (quantized !== undefined) return quantizedRows(graph, quantized, indices)
  // Half-precision tables are cast after the gather: casting the whole table would keep a second copy of it.
  return toFloat32(graph, gatherRows(graph, storedWeight(graph, locations, name), indices))
}

function quantizedWeight(graph: GraphBuilder, locations: WeightLocations, name: string, alias: string): QuantizedMatrix | undefined {
  for (const bits of [8, 4] as const) {
    const names = quantizedNames(name, bits)
    const [outSize, inSize] = locations.get(name)?.shape ?? []
    const blockBytes = locations.get(names.values)?.shape[2]
    if (outSize === undefined || inSize === undefined || blockBytes === undefined) continue
    const aliases = quantizedNames(alias, bits)
    const values = storedWeight(graph, locations, names.values, aliases.values)
    const scales = storedWeight(graph, locations, names.scales, aliases.scales)
    return { bits, outSize, inSize, blockLength: (blockBytes * 8) / bits, values, scales }
  }
  return undefined
}

/**
 * ONNX Runtime refuses absolute locations and links that leave the allowed folder. The runtime names the root as that
 * folder, so a real path without its root is what it wants.
 */
function externalLocation(realPath: string): string {
  return realPath.replace(/^([A-Za-z]:)?[\\/]+/, '')
}
