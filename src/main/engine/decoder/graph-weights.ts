/** @file Weights of a model folder as initializers that stay in their files (docs/DESIGN.md 4.2). Knows no architecture. */
import type { TensorLocation } from '../checkpoint/index.ts'
import type { GraphBuilder } from '../onnx/graph-builder.ts'
import type { ElementType, Value } from '../onnx/value.ts'
import { toFloat32 } from '../ops/elementwise.ts'

/** Hugging Face tensor names to byte ranges. */
export type WeightLocations = ReadonlyMap<string, TensorLocation>

const elementTypes = { F32: 'float32', F16: 'float16', BF16: 'bfloat16' } as const satisfies Record<string, ElementType>

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

/**
 * ONNX Runtime refuses absolute locations and links that leave the allowed folder. The runtime names the root as that
 * folder, so a real path without its root is what it wants.
 */
function externalLocation(realPath: string): string {
  return realPath.replace(/^([A-Za-z]:)?[\\/]+/, '')
}
