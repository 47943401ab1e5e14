/** @file Small graphs that move the slots of pools. They do not know who owns a slot. */
import { GraphBuilder } from '../onnx/graph-builder.ts'
import { outputLayer, poolInputs, type CacheShape } from './decoder-graph.ts'
import { gatherSlots, slotInputs, writeSlots, type PoolLayer } from './pooled-attention.ts'

/** Names of the source's pools in the graph that copies. */
export function sourceNames(layer: number): { key: string; value: string } {
  return { key: `source.${layer}.key`, value: `source.${layer}.value` }
}

/** Input of both graphs: [n] int64, slots to take. */
export const PLACES = 'places'

/** Inputs: the pool's layers and `PLACES`. Outputs: layers that hold at each slot what was at its place. */
export function buildPoolLayoutGraph(shape: CacheShape): Uint8Array {
  const graph = new GraphBuilder('pool-layout')
  const places = graph.input(PLACES, 'int64', ['places'])
  for (const [layer, slots] of poolInputs(graph, shape).entries()) outputLayer(graph, layer, gatherSlots(graph, slots, places))
  return graph.encode()
}

/** Inputs: a pool's layers, another's of `sourceNames`, `PLACES` in that, and where they go. Outputs: the pool with what was there. */
export function buildPoolCopyGraph(shape: CacheShape): Uint8Array {
  const { numKeyValueHeads, headDim } = shape
  const graph = new GraphBuilder('pool-copy')
  const places = graph.input(PLACES, 'int64', ['tokens'])
  const slots = slotInputs(graph, shape)
  for (const [layer, pool] of poolInputs(graph, shape).entries()) {
    const { key, value } = sourceNames(layer)
    const source: PoolLayer = {
      keys: graph.input(key, 'float32', [numKeyValueHeads, headDim, 'source_slots']),
      values: graph.input(value, 'float32', [numKeyValueHeads, 'source_slots', headDim]),
    }
    outputLayer(graph, layer, writeSlots(graph, slots, pool, gatherSlots(graph, source, places)))
  }
  return graph.encode()
}
