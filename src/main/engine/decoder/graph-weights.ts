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
  return declare(graph, alias, location)
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
  const quantized = quantizedWeight(graph, locations, name, name, [1])
  if (quantized !== undefined) return quantizedRows(graph, quantized, indices)
  // Half-precision tables are cast after the gather: casting the whole table would keep a second copy of it.
  return toFloat32(graph, gatherRows(graph, storedWeight(graph, locations, name), indices))
}

/**
 * One matrix of all rows of several, where they are quantised and lie one behind the other in their file (quantization/quantized-file.ts);
 * undefined where they do not.
 */
export function joinedWeight(graph: GraphBuilder, locations: WeightLocations, names: readonly string[]): QuantizedMatrix | undefined {
  const [first] = names
  if (first === undefined) return undefined
  for (const bits of [8, 4] as const) {
    const values = joinRows(names.map((name) => locations.get(quantizedNames(name, bits).values)))
    const scales = joinRows(names.map((name) => locations.get(quantizedNames(name, bits).scales)))
    const inSize = locations.get(first)?.shape[1]
    if (values === undefined || scales === undefined || inSize === undefined) continue
    return declareBlocks(graph, bits, inSize, values, scales, `${first}.joined`)
  }
  return undefined
}

/** The location of tensors that lie one behind the other, joined along their first axis. */
function joinRows(parts: readonly (TensorLocation | undefined)[]): TensorLocation | undefined {
  let joined: TensorLocation | undefined
  for (const part of parts) {
    if (part === undefined) return undefined
    if (joined === undefined) {
      joined = part
      continue
    }
    const [rows = 0, ...width] = joined.shape
    const [more = 0] = part.shape
    if (part.file !== joined.file || part.byteOffset !== joined.byteOffset + joined.byteLength) return undefined
    joined = { ...joined, shape: [rows + more, ...width], byteLength: joined.byteLength + part.byteLength }
  }
  return joined
}

/** @param scaleAxes what follows [out, blocks] in the shape that the scales are declared with */
function quantizedWeight(graph: GraphBuilder, locations: WeightLocations, name: string, alias: string, scaleAxes: readonly number[] = []): QuantizedMatrix | undefined {
  for (const bits of [8, 4] as const) {
    const names = quantizedNames(name, bits)
    const [values, scales] = [locations.get(names.values), locations.get(names.scales)]
    const inSize = locations.get(name)?.shape[1]
    if (values === undefined || scales === undefined || inSize === undefined) continue
    return declareBlocks(graph, bits, inSize, values, { ...scales, shape: [...scales.shape, ...scaleAxes] }, alias)
  }
  return undefined
}

function declareBlocks(graph: GraphBuilder, bits: 8 | 4, inSize: number, values: TensorLocation, scales: TensorLocation, alias: string): QuantizedMatrix {
  const [outSize = 0, , blockBytes = 0] = values.shape
  const names = quantizedNames(alias, bits)
  const blockLength = (blockBytes * 8) / bits
  return { bits, outSize, inSize, blockLength, values: declare(graph, names.values, values), scales: declare(graph, names.scales, scales) }
}

function declare(graph: GraphBuilder, alias: string, { dtype, shape, file, byteOffset, byteLength }: TensorLocation): Value {
  if (!(dtype in elementTypes)) throw new Error(`internal: tensor ${alias} has dtype ${dtype}`)
  return graph.external(alias, elementTypes[dtype as keyof typeof elementTypes], shape, { location: externalLocation(file), byteOffset, byteLength })
}

/**
 * ONNX Runtime refuses absolute locations and links that leave the allowed folder. The runtime names the root as that
 * folder, so a real path without its root is what it wants.
 */
function externalLocation(realPath: string): string {
  return realPath.replace(/^([A-Za-z]:)?[\\/]+/, '')
}
