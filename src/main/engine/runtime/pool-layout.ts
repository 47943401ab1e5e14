/** @file Lays a pool of slots out anew on its device. It does not know who owns a slot. */
import type { Device } from '../../../shared/domain/model.ts'
import { buildPoolGraph, presentNames } from '../decoder/decoder-graph.ts'
import { pastTensors } from './device-cache.ts'
import { float32Tensor, GraphSession, int64Tensor, type Tensors } from './graph-session.ts'
import type { CacheSizes } from './key-value-cache.ts'

/** Opened when a cache first needs room. */
export class PoolLayout {
  readonly #sizes: CacheSizes
  readonly #device: Device
  #session: Promise<GraphSession> | undefined

  constructor(sizes: CacheSizes, device: Device) {
    this.#sizes = sizes
    this.#device = device
  }

  /** As `LayOutPool`. */
  async layOut(pool: Tensors | undefined, places: readonly number[]): Promise<Tensors> {
    const names = presentNames(this.#sizes)
    this.#session ??= GraphSession.create(buildPoolGraph(this.#sizes), { device: this.#device, deviceOutputs: names, threads: 1 })
    const session = await this.#session
    const results = await session.run({ ...(pool ?? oneEmptySlot(this.#sizes)), places: int64Tensor(places, [places.length]) }, names)
    return pastTensors(this.#sizes, results)
  }

  async release(): Promise<void> {
    const session = await this.#session
    await session?.release()
  }
}

function oneEmptySlot(sizes: CacheSizes): Tensors {
  const { numKeyValueHeads, headDim } = sizes
  const zeros = new Float32Array(numKeyValueHeads * headDim)
  const results = presentNames(sizes).map((name, index) => [name, float32Tensor(zeros, index % 2 === 0 ? [numKeyValueHeads, headDim, 1] : [numKeyValueHeads, 1, headDim])] as const)
  return pastTensors(sizes, Object.fromEntries(results))
}
