/**
 * @file One base in memory, and how it comes by packed weights (docs/decisions/0014-packed-weights.md): a small one packs while it opens; a
 * large one is mapped as its files are, is packed beside, and goes over to what was packed when somebody says that nothing is generated
 * with it. It does not know its roles' work.
 */
import type { Placement } from '../../../shared/domain/model.ts'
import { packedFileBytes, packsDirectly, unpackedBytes } from '../checkpoint/index.ts'
import { DecoderSession } from '../runtime/decoder-session.ts'
import type { SessionObserver } from '../runtime/graph-session.ts'
import { findPacked, makeRoom, packedFolder, removePacked, type PackedSource } from '../runtime/packed-weights.ts'
import { startPacking, type Packing } from '../runtime/packing.ts'
import { availableMemory } from '../runtime/process-memory.ts'
import type { PlannedBase } from './model-plan.ts'

export interface StandingBaseOptions extends Placement {
  /** null: packed at once, whatever the size, and nothing is written. */
  readonly weightsDir: string | null
  readonly threads: number
  /** Whether reasoner and trigger are to share runs (riding.ts). */
  readonly ridesTogether: boolean
  readonly observer: SessionObserver | undefined
}

/** What the packer needs beyond what it writes: the graph's own copies, results on the way to the disk. */
const PACKING_RESERVE = 0.3

/** mapped: stays as it is. packing: a process is at it. ready: may go over at any time. packed: has. */
type Packedness = 'mapped' | 'packing' | 'ready' | 'packed'

export class StandingBase {
  readonly session: DecoderSession
  /** Why it stays unpacked though packing would make it faster, as a sentence. */
  warning: string | null = null
  #packedness: Packedness = 'mapped'
  #packing: Packing | null = null
  #folder: string | null = null

  private constructor(session: DecoderSession) {
    this.session = session
  }

  /** Throws DeviceUnavailableError. */
  static async open(base: PlannedBase, { device, precision, weightsDir, threads, ridesTogether, observer }: StandingBaseOptions): Promise<StandingBase> {
    const { config, locations, loraModules } = base
    const isLarge = device === 'cpu' && precision === 'f32' && weightsDir !== null && !packsDirectly(base)
    const common = { device, threads, loraModules, hasHead: base.roles.includes('reasoner'), rowsDiffer: ridesTogether, observer }
    let openedPacked: string | null = null
    // Half precision is widened while it is opened, which takes longer than opening what was packed.
    const findAtOnce = (graph: Uint8Array): string | null => (openedPacked = weightsDir === null ? null : findPacked(packedFolder(weightsDir, { graph, files: filesOf(base) })))
    const isHalf = isLarge && [...locations.values()].some(({ dtype }) => dtype !== 'F32')
    const session = await DecoderSession.create(config, locations, { ...common, prepack: !isLarge, findPacked: isHalf ? findAtOnce : undefined })
    const standing = new StandingBase(session)
    if (isLarge && openedPacked === null) standing.#pack(base, weightsDir)
    else standing.#packedness = 'packed'
    return standing
  }

  get packedness(): Packedness {
    return this.#packedness
  }

  /** Waits for the packer, where one is at work. `usePacked` then does what can be done. */
  async packed(signal?: AbortSignal): Promise<void> {
    if (this.#packing === null) return
    const aborted = new Promise<void>((resolve) => void signal?.addEventListener('abort', () => resolve(), { once: true }))
    await Promise.race([this.#packing.wait(), aborted])
    signal?.throwIfAborted()
  }

  /** Goes over to packed weights where they are ready; blocks for about 0.5 s a gigabyte. Only while nothing is generated with this base. */
  async usePacked(): Promise<void> {
    if (this.#packedness !== 'ready' || this.#folder === null) return
    const graph = findPacked(this.#folder)
    this.#packedness = 'mapped'
    if (graph === null) return
    try {
      await this.session.usePacked(graph)
      this.#packedness = 'packed'
    } catch {
      // As good as damaged. What stands goes on, and the next load has it packed again.
      removePacked(this.#folder)
    }
  }

  async release(): Promise<void> {
    this.#packing?.stop()
    await this.session.release()
  }

  #pack(base: PlannedBase, weightsDir: string): void {
    const source: PackedSource = { graph: this.session.graph, files: filesOf(base) }
    const folder = packedFolder(weightsDir, source)
    this.#folder = folder
    if (findPacked(folder) !== null) {
      this.#packedness = 'ready'
      return
    }
    this.warning = obstacle(base, weightsDir)
    if (this.warning !== null) return
    const packing = startPacking({ ...source, folder })
    this.#packing = packing
    this.#packedness = 'packing'
    void packing.ended.then((failure) => {
      this.#packing = null
      this.#packedness = failure === null && findPacked(folder) !== null ? 'ready' : 'mapped'
      if (failure !== null) process.stderr.write(`Weights stay unpacked: ${failure}\n`)
    })
  }
}

function filesOf({ locations }: PlannedBase): string[] {
  return [...new Set([...locations.values()].map(({ file }) => file))]
}

/** Why it cannot be packed now, as a sentence, or null. */
function obstacle(base: PlannedBase, weightsDir: string): string | null {
  const slower = 'It stays unpacked: batches of 8 take up to 1.7 times as long.'
  const neededBytes = unpackedBytes(base) * (1 + PACKING_RESERVE)
  const availableBytes = availableMemory()
  if (availableBytes < neededBytes) return `Packing this model takes ${gigabytes(neededBytes)} of memory for a moment, and ${gigabytes(availableBytes)} are free. ${slower}`
  const noRoom = makeRoom(weightsDir, packedFileBytes(base))
  return noRoom === null ? null : `${noRoom} ${slower}`
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`
}
