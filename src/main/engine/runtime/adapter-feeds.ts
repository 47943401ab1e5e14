/**
 * @file LoRA factors as runs of the forward graph take them: one role's for every row, or those of several roles below each other with a
 * gate that opens to each row its own. It knows no adapter file and no role by name.
 */
import { LORA_GATE, loraInputNames } from '../decoder/lora.ts'
import { float32Tensor, type Tensor, type Tensors } from './graph-session.ts'
import type { Chunk } from './ragged-batch.ts'

/** Factors of one adapted module. */
export interface AdapterModule {
  readonly rank: number
  /** [rank, in] */
  readonly a: Float32Array
  /** [out, rank], alpha / r multiplied in. */
  readonly b: Float32Array
}

/** Modules of one adapter by name, such as `layers.0.self_attn.q_proj`. */
export type AdapterModules = ReadonlyMap<string, AdapterModule>

/** Modules with LoRA inputs and their [out, in]. */
export type LoraShapes = ReadonlyMap<string, readonly [number, number]>

/** What the graph's LoRA inputs are fed for one run. */
export type AdapterFeeds = (chunk: Chunk) => Tensors

const OPEN_GATE = float32Tensor(Float32Array.of(1), [1, 1])

/**
 * The same adapter for every row; a module that it lacks gets `emptyRank` ranks of zeros.
 * @param isGated whether the graph has the input `lora_gate`
 */
export function oneAdapter(shapes: LoraShapes, modules: AdapterModules, { emptyRank, isGated }: { emptyRank: number; isGated: boolean }): AdapterFeeds {
  const feeds: Record<string, Tensor> = isGated ? { [LORA_GATE]: OPEN_GATE } : {}
  for (const [module, [outSize, inSize]] of shapes) {
    const names = loraInputNames(module)
    const adapter = modules.get(module)
    const rank = adapter?.rank ?? emptyRank
    feeds[names.a] = float32Tensor(adapter?.a ?? new Float32Array(rank * inSize), [rank, inSize])
    feeds[names.b] = float32Tensor(adapter?.b ?? new Float32Array(outSize * rank), [outSize, rank])
  }
  return () => feeds
}

/**
 * An adapter for each row of the cache, empty for none. All modules get as many ranks as the widest has, so that one gate fits them; what is
 * filled up is zeros, which change nothing.
 */
export function adapterPerRow(shapes: LoraShapes, adapters: readonly AdapterModules[]): AdapterFeeds {
  const widths = adapters.map((modules) => Math.max(0, ...[...modules.values()].map(({ rank }) => rank)))
  const total = widths.reduce((sum, width) => sum + width, 0)
  const starts = widths.map((_, row) => widths.slice(0, row).reduce((sum, width) => sum + width, 0))
  const factors: Record<string, Tensor> = {}
  for (const [module, [outSize, inSize]] of shapes) {
    const a = new Float32Array(total * inSize)
    const b = new Float32Array(outSize * total)
    for (const [row, modules] of adapters.entries()) {
      const adapter = modules.get(module)
      const start = starts[row] ?? 0
      if (adapter === undefined) continue
      a.set(adapter.a, start * inSize)
      for (let out = 0; out < outSize; out++) b.set(adapter.b.subarray(out * adapter.rank, (out + 1) * adapter.rank), out * total + start)
    }
    const names = loraInputNames(module)
    factors[names.a] = float32Tensor(a, [total, inSize])
    factors[names.b] = float32Tensor(b, [outSize, total])
  }
  return ({ first, end, seq }) => {
    const gate = new Float32Array((end - first) * seq * total)
    for (let row = first; row < end; row++) {
      for (let position = 0; position < seq; position++) {
        const line = ((row - first) * seq + position) * total + (starts[row] ?? 0)
        gate.fill(1, line, line + (widths[row] ?? 0))
      }
    }
    return { ...factors, [LORA_GATE]: float32Tensor(gate, [(end - first) * seq, total]) }
  }
}
