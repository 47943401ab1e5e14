/**
 * @file Training passes as one rectangle of tokens and latents, padded on the right: indices, positions and masks, plain numbers.
 * Runs nothing.
 */
import type { DecoderConfig } from '../checkpoint/index.ts'
import { ropeFrequencies, ropeTables, type RopeTables } from '../decoder/rope.ts'
import { MASKED } from '../runtime/key-value-cache.ts'
import type { TrainingPass } from './supervised-rows.ts'

/** A rectangle of [batch, seq] positions, flattened where nothing else is said. */
export interface CausalLayout {
  readonly batch: number
  readonly seq: number
  /** [batch * seq]; 0 at latents and padding. */
  readonly ids: Int32Array
  /** Row of the latents at each position, -1 for a token: the latents of block m of row r are rows `offset(m) + r * count(m)` on. */
  readonly latentIndex: Int32Array
  /** Flat indices of the positions that predict the targets, row after row. */
  readonly logitRows: readonly number[]
  readonly targets: readonly number[]
}

/** How many latents block m has: the prompt's in the first, the inference latents in all others. */
export function blockLength(block: number, lengths: { promptLatentsLen: number; inferenceLatentsLen: number }): number {
  return block === 0 ? lengths.promptLatentsLen : lengths.inferenceLatentsLen
}

/**
 * Lays passes out with their latents in place. Token i of a pass is predicted by what stands before it: after an insertion that is
 * the last latent (docs/REFERENCE.md 5.6).
 */
export function layOutPasses(passes: readonly TrainingPass[], latentLengths: { promptLatentsLen: number; inferenceLatentsLen: number }): CausalLayout {
  const batch = passes.length
  const countAt = (block: number): number => blockLength(block, latentLengths)
  const lengthOf = ({ ids, insertions }: TrainingPass): number => insertions.reduce((sum, _, block) => sum + countAt(block), ids.length)
  const seq = Math.max(...passes.map(lengthOf))
  const ids = new Int32Array(batch * seq)
  const latentIndex = new Int32Array(batch * seq).fill(-1)
  const logitRows: number[] = []
  const targets: number[] = []
  for (const [row, pass] of passes.entries()) {
    let place = row * seq
    let block = 0
    let blockStart = 0
    let target = 0
    for (const [index, id] of pass.ids.entries()) {
      if (pass.insertions[block]?.tokenIndex === index) {
        const count = countAt(block)
        for (let latent = 0; latent < count; latent++) latentIndex[place++] = blockStart + row * count + latent
        blockStart += batch * count
        block++
      }
      if (pass.targets[target]?.position === index) {
        logitRows.push(place - 1)
        targets.push(pass.targets[target]?.label ?? 0)
        target++
      }
      ids[place++] = id
    }
    if (block < pass.insertions.length || target < pass.targets.length) throw new Error(`internal: pass ${row} has insertions or targets out of order`)
  }
  return { batch, seq, ids, latentIndex, logitRows, targets }
}

/** Additive [1, 1, seq, seq]: each position sees itself and what stands before it. Padding stands behind everything. */
export function causalMask(seq: number): Float32Array {
  const mask = new Float32Array(seq * seq)
  for (let query = 0; query < seq; query++) mask.fill(MASKED, query * seq + query + 1, (query + 1) * seq)
  return mask
}

/** Rotary tables of a training batch; all rows take the frequencies of the longest. */
export class RotaryRows {
  readonly #config: DecoderConfig
  #tables: RopeTables = { cos: new Float32Array(0), sin: new Float32Array(0) }
  #length = 0

  constructor(config: DecoderConfig) {
    this.#config = config
  }

  /** cos and sin [positions, headDim / 2] of position ids. */
  at(positions: ArrayLike<number>): RopeTables {
    let length = 1
    for (let index = 0; index < positions.length; index++) length = Math.max(length, (positions[index] ?? 0) + 1)
    this.#prepare(length)
    const width = this.#config.headDim / 2
    const gather = (table: Float32Array): Float32Array => {
      const rows = new Float32Array(positions.length * width)
      for (let index = 0; index < positions.length; index++) {
        const start = (positions[index] ?? 0) * width
        rows.set(table.subarray(start, start + width), index * width)
      }
      return rows
    }
    return { cos: gather(this.#tables.cos), sin: gather(this.#tables.sin) }
  }

  #prepare(length: number): void {
    // Dynamic scaling has other frequencies for another length (docs/REFERENCE.md leaves it open; transformers computes them anew).
    const isStale = this.#config.ropeScaling.type === 'dynamic' ? length !== this.#length : length > this.#length
    if (!isStale) return
    this.#length = length
    this.#tables = ropeTables(ropeFrequencies(this.#config, length), Array.from({ length }, (_, position) => position))
  }
}
