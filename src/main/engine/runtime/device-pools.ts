/** @file Moves the slots of pools on their device, by two small graphs that are opened when they are first needed. It does not know who owns a slot. */
import type { Device } from '../../../shared/domain/model.ts'
import { presentNames } from '../decoder/decoder-graph.ts'
import { buildPoolCopyGraph, buildPoolLayoutGraph, PLACES } from '../decoder/pool-graphs.ts'
import { float32Tensor, GraphSession, int64Tensor, type Tensors } from './graph-session.ts'
import type { CacheSizes } from './key-value-cache.ts'
import { pastTensors, presentTensors, slotFeeds, sourceTensors } from './pool-tensors.ts'
import type { PoolDevice } from './slot-pool.ts'

export class DevicePools implements PoolDevice {
  readonly #sizes: CacheSizes
  readonly #device: Device
  #layoutSession: Promise<GraphSession> | undefined
  #copySession: Promise<GraphSession> | undefined

  constructor(sizes: CacheSizes, device: Device) {
    this.#sizes = sizes
    this.#device = device
  }

  async layOut(pool: Tensors | undefined, places: readonly number[]): Promise<Tensors> {
    const names = presentNames(this.#sizes)
    this.#layoutSession ??= GraphSession.create(buildPoolLayoutGraph(this.#sizes), { device: this.#device, deviceOutputs: names, threads: 1 })
    const session = await this.#layoutSession
    const feeds = { ...(pool ?? oneEmptySlot(this.#sizes)), [PLACES]: int64Tensor(places, [places.length]) }
    return pastTensors(this.#sizes, await session.run(feeds, names))
  }

  async copy(source: Tensors, places: readonly number[], pool: Tensors, slots: readonly number[]): Promise<void> {
    this.#copySession ??= GraphSession.create(buildPoolCopyGraph(this.#sizes), { device: this.#device, threads: 1 })
    const session = await this.#copySession
    const moved = { [PLACES]: int64Tensor(places, [places.length]), ...slotFeeds(this.#sizes, slots) }
    const results = await session.run({ ...pool, ...sourceTensors(this.#sizes, source), ...moved }, presentNames(this.#sizes), presentTensors(this.#sizes, pool))
    // They are other names of the pool's buffers.
    for (const result of Object.values(results)) result.dispose()
  }

  async release(): Promise<void> {
    for (const opening of [this.#layoutSession, this.#copySession]) {
      const session = await opening
      await session?.release()
    }
  }
}

function oneEmptySlot(sizes: CacheSizes): Tensors {
  const { numKeyValueHeads, headDim } = sizes
  const zeros = new Float32Array(numKeyValueHeads * headDim)
  const results = presentNames(sizes).map((name, index) => [name, float32Tensor(zeros, index % 2 === 0 ? [numKeyValueHeads, headDim, 1] : [numKeyValueHeads, 1, headDim])] as const)
  return pastTensors(sizes, Object.fromEntries(results))
}
