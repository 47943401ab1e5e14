/** @file Rotary tables that are computed once: every run asks for positions that others had. It knows no graph. */
import { isLengthDependent, ropeFrequencies, ropeTables, type RopeConfig, type RopeFrequencies, type RopeTables } from './rope.ts'

export class RopeTable {
  readonly #config: RopeConfig
  /** As long as the length of a sequence does not matter. */
  readonly #frequencies: RopeFrequencies
  /** Of the positions 0 to `#length`. */
  #known: RopeTables = { cos: new Float32Array(0), sin: new Float32Array(0) }
  #length = 0

  constructor(config: RopeConfig) {
    this.#config = config
    this.#frequencies = ropeFrequencies(config, 0)
  }

  /**
   * @param positions whole numbers from 0
   * @param sequenceLength as of `ropeFrequencies`
   * @returns tables of their own, in the order of `positions`
   */
  at(positions: readonly number[], sequenceLength: number): RopeTables {
    if (isLengthDependent(this.#config, sequenceLength)) return ropeTables(ropeFrequencies(this.#config, sequenceLength), positions)
    this.#reach(positions.reduce((end, position) => Math.max(end, position + 1), 0))
    const halfDim = this.#config.headDim / 2
    const rowsOf = (table: Float32Array): Float32Array => {
      const rows = new Float32Array(positions.length * halfDim)
      for (const [row, position] of positions.entries()) rows.set(table.subarray(position * halfDim, (position + 1) * halfDim), row * halfDim)
      return rows
    }
    return { cos: rowsOf(this.#known.cos), sin: rowsOf(this.#known.sin) }
  }

  #reach(end: number): void {
    if (end <= this.#length) return
    // Twice as many, so that a context that grows by a token is not computed anew at each.
    this.#length = Math.max(end, 2 * this.#length)
    this.#known = ropeTables(this.#frequencies, Array.from({ length: this.#length }, (_, position) => position))
  }
}
