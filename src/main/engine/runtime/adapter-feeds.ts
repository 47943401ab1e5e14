/**
 * @file LoRA factors as runs of the forward graph take them: one role's for every row, or those of several roles below each other with a
 * gate that opens to each row its own. It knows no adapter file and no role by name.
 */
import { loraGateName, type LoraInputs } from '../decoder/lora.ts'
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

/** What the graph's LoRA inputs are fed for one run. */
export type AdapterFeeds = (chunk: Chunk) => Tensors

const OPEN_GATE = float32Tensor(Float32Array.of(1), [1, 1])

/**
 * The same adapter for every row; modules that it lacks get no ranks, and a group of modules that lacks all of them `emptyRank` ranks of zeros.
 * @param isGated whether the graph has gates
 */
export function oneAdapter(inputs: readonly LoraInputs[], modules: AdapterModules, { emptyRank, isGated }: { emptyRank: number; isGated: boolean }): AdapterFeeds {
  const feeds: Record<string, Tensor> = isGated ? gates(inputs, () => OPEN_GATE) : {}
  for (const group of inputs) {
    const blocks = new RankBlocks(emptyRank)
    for (const module of group.adapted) {
      const adapter = modules.get(module)
      if (adapter !== undefined) blocks.add(module, adapter)
    }
    Object.assign(feeds, blocks.factors(group))
  }
  return () => feeds
}

/**
 * An adapter for each row of the cache, empty for none. All modules get as many ranks as the widest has, so that one gate fits all groups of as
 * many modules; what is filled up is zeros, which change nothing.
 */
export function adapterPerRow(inputs: readonly LoraInputs[], adapters: readonly AdapterModules[]): AdapterFeeds {
  const widths = adapters.map((modules) => Math.max(0, ...[...modules.values()].map(({ rank }) => rank)))
  const total = widths.reduce((sum, width) => sum + width, 0)
  const starts = widths.map((_, row) => widths.slice(0, row).reduce((sum, width) => sum + width, 0))
  const factors: Record<string, Tensor> = {}
  for (const group of inputs) {
    const blocks = new RankBlocks(total * group.adapted.length)
    for (const [index, module] of group.adapted.entries()) {
      for (const [row, modules] of adapters.entries()) {
        const adapter = modules.get(module)
        if (adapter !== undefined) blocks.add(module, adapter, index * total + (starts[row] ?? 0))
      }
    }
    Object.assign(factors, blocks.factors(group))
  }
  return ({ first, seq, cells }) => {
    const gateOf = (adapted: number): Tensor => {
      const gate = new Float32Array(cells.length * adapted * total)
      for (const [token, cell] of cells.entries()) {
        const row = first + Math.floor(cell / seq)
        for (let block = 0; block < adapted; block++) {
          const start = (token * adapted + block) * total + (starts[row] ?? 0)
          gate.fill(1, start, start + (widths[row] ?? 0))
        }
      }
      return float32Tensor(gate, [cells.length, adapted * total])
    }
    return { ...factors, ...gates(inputs, gateOf) }
  }
}

function gates(inputs: readonly LoraInputs[], gateOf: (adapted: number) => Tensor): Record<string, Tensor> {
  const sizes = new Set(inputs.map(({ adapted }) => adapted.length))
  return Object.fromEntries([...sizes].map((adapted) => [loraGateName(adapted), gateOf(adapted)]))
}

/** Factors of several modules and adapters below and beside each other. */
class RankBlocks {
  readonly #leastRanks: number
  readonly #blocks: { readonly module: string; readonly adapter: AdapterModule; readonly start: number }[] = []
  #ranks = 0

  /** @param leastRanks as many at least; those of no adapter are zeros */
  constructor(leastRanks: number) {
    this.#leastRanks = leastRanks
  }

  /** @param start its first rank. @default behind the last */
  add(module: string, adapter: AdapterModule, start = this.#ranks): void {
    this.#blocks.push({ module, adapter, start })
    this.#ranks = Math.max(this.#ranks, start + adapter.rank)
  }

  factors(group: LoraInputs): Tensors {
    const ranks = Math.max(this.#ranks, this.#leastRanks)
    const a = new Float32Array(ranks * group.inSize)
    for (const { adapter, start } of this.#blocks) a.set(adapter.a, start * group.inSize)
    const factors: Record<string, Tensor> = { [group.a]: float32Tensor(a, [ranks, group.inSize]) }
    for (const { b: name, modules } of group.products) {
      const outSize = modules.reduce((sum, module) => sum + module.outSize, 0)
      const b = new Float32Array(outSize * ranks)
      let firstRow = 0
      for (const module of modules) {
        for (const block of this.#blocks.filter((other) => other.module === module.name)) this.#place(b, block, firstRow, module.outSize, ranks)
        firstRow += module.outSize
      }
      factors[name] = float32Tensor(b, [outSize, ranks])
    }
    return factors
  }

  #place(b: Float32Array, { adapter, start }: { readonly adapter: AdapterModule; readonly start: number }, firstRow: number, outSize: number, ranks: number): void {
    for (let row = 0; row < outSize; row++) b.set(adapter.b.subarray(row * adapter.rank, (row + 1) * adapter.rank), (firstRow + row) * ranks + start)
  }
}
