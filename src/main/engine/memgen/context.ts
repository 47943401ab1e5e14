/**
 * @file What the reasoner of one row reads: token ids, and latents in their places. Append-only apart from rewinding.
 * It does not know who consumes it; each role's cache says how far it has come.
 */
import { LATENT } from '../runtime/ragged-batch.ts'

/** A stretch of a context: ids with `LATENT` for latents, and those latents in order, [count, hidden]. */
export interface ContextSlice {
  readonly ids: readonly number[]
  readonly latents: Float32Array
}

export class Context {
  readonly #hiddenSize: number
  readonly #ids: number[]
  /** One [hidden] row for each `LATENT`. */
  readonly #latents: Float32Array[]

  constructor(hiddenSize: number, ids: number[] = [], latents: Float32Array[] = []) {
    this.#hiddenSize = hiddenSize
    this.#ids = ids
    this.#latents = latents
  }

  /** Positions, tokens and latents alike. */
  get length(): number {
    return this.#ids.length
  }

  appendToken(tokenId: number): void {
    this.#ids.push(tokenId)
  }

  /** Appends K latents, [K, hidden]. */
  appendLatents(latents: Float32Array): void {
    for (let start = 0; start < latents.length; start += this.#hiddenSize) {
      this.#latents.push(latents.subarray(start, start + this.#hiddenSize))
      this.#ids.push(LATENT)
    }
  }

  /** Positions from `start` to before `end`. @param end default: all */
  from(start: number, end: number = this.length): ContextSlice {
    const ids = this.#ids.slice(start, end)
    const count = countLatents(ids)
    const last = this.#latents.length - countLatents(this.#ids.slice(end))
    const latents = new Float32Array(count * this.#hiddenSize)
    for (const [index, row] of this.#latents.slice(last - count, last).entries()) latents.set(row, index * this.#hiddenSize)
    return { ids, latents }
  }

  truncate(length: number): void {
    this.#latents.length -= countLatents(this.#ids.splice(length))
  }

  fork(length: number): Context {
    // Copies, not spread into a call: those overflow the stack at some 125,000 positions.
    const forked = new Context(this.#hiddenSize, this.#ids.slice(), this.#latents.slice())
    forked.truncate(length)
    return forked
  }
}

function countLatents(ids: readonly number[]): number {
  return ids.filter((id) => id === LATENT).length
}
