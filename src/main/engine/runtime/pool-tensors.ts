/** @file A pool's tensors by the names that graphs know them by, as inputs and as results. It holds none. */
import { cacheNames } from '../decoder/decoder-graph.ts'
import { sourceNames } from '../decoder/pool-graphs.ts'
import { slotInputNames } from '../decoder/pooled-attention.ts'
import { int64Tensor, type Tensors } from './graph-session.ts'
import type { CacheSizes } from './key-value-cache.ts'

/** The slot of every token, as the graph's two kinds of scattering take it. */
export function slotFeeds({ numKeyValueHeads, headDim }: CacheSizes, slots: readonly number[]): Tensors {
  const planes = numKeyValueHeads * headDim
  const ofKeys = Array.from({ length: planes }, () => slots).flat()
  const ofValues = Array.from({ length: numKeyValueHeads }, (_, head) => slots.map((slot) => [head, slot])).flat(2)
  return {
    [slotInputNames.keys]: int64Tensor(ofKeys, [numKeyValueHeads, headDim, slots.length]),
    [slotInputNames.values]: int64Tensor(ofValues, [numKeyValueHeads, slots.length, 2]),
  }
}

/** The pool's tensors under the names of the results that are written into them. */
export function presentTensors({ numHiddenLayers }: CacheSizes, pool: Tensors): Tensors {
  return renamed(numHiddenLayers, pool, ({ pastKey, pastValue, presentKey, presentValue }) => [[presentKey, pastKey], [presentValue, pastValue]])
}

/** Results under the names of the inputs that they become. */
export function pastTensors({ numHiddenLayers }: CacheSizes, results: Tensors): Tensors {
  return renamed(numHiddenLayers, results, ({ pastKey, pastValue, presentKey, presentValue }) => [[pastKey, presentKey], [pastValue, presentValue]])
}

/** The pool's tensors under the names of the source in a copy. */
export function sourceTensors({ numHiddenLayers }: CacheSizes, pool: Tensors): Tensors {
  return renamed(numHiddenLayers, pool, ({ pastKey, pastValue }, layer) => [[sourceNames(layer).key, pastKey], [sourceNames(layer).value, pastValue]])
}

function renamed(layers: number, tensors: Tensors, pairs: (names: ReturnType<typeof cacheNames>, layer: number) => [string, string][]): Tensors {
  const entries = Array.from({ length: layers }, (_, layer) => pairs(cacheNames(layer), layer)).flat()
  return Object.fromEntries(
    entries.map(([to, from]) => {
      const tensor = tensors[from]
      if (tensor === undefined) throw new Error(`internal: there is no tensor ${from}`)
      return [to, tensor]
    }),
  )
}
