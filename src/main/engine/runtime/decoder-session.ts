/**
 * @file Runs the forward graph for ragged rows over a cache: chunks long inputs, builds positions and masks, and puts
 * new keys and values away. It does not know what the rows mean, nor which role they play.
 */
import type { Device } from '../../../shared/domain/model.ts'
import type { DecoderConfig } from '../checkpoint/index.ts'
import { buildDecoderGraph, cacheNames } from '../decoder/decoder-graph.ts'
import type { WeightLocations } from '../decoder/graph-weights.ts'
import { logitBlockNames, type LogitBlocks } from '../decoder/logit-blocks.ts'
import { loraInputNames } from '../decoder/lora.ts'
import { isLengthDependent, ropeFrequencies, ropeTables } from '../decoder/rope.ts'
import { CpuCache } from './cpu-cache.ts'
import { DeviceCache } from './device-cache.ts'
import { float32Data, float32Tensor, GraphSession, int64Tensor, type SessionObserver, type Tensor, type Tensors } from './graph-session.ts'
import type { KeyValueCache } from './key-value-cache.ts'
import { attentionMask, cutChunk, groupRows, joinRows, type Chunk, type RowInput } from './ragged-batch.ts'

/** Positions one run takes: the mask and the scores grow with its square, and larger products gain nothing more. */
const CHUNK_LENGTH = 512

export interface RowOutput {
  /** [vocab], present when wanted. */
  readonly logits: Float32Array | undefined
  /** Of the same logits. */
  readonly logitBlocks: LogitBlocks | undefined
  /** [hiddenStates, hidden] after the final norm. */
  readonly hiddenStates: Float32Array
}

/** LoRA factors for one role: graph inputs A [rank, in] and B [out, rank], alpha / r multiplied into B. */
export type AdapterFeeds = Tensors

export interface AdapterModule {
  readonly rank: number
  /** [rank, in] */
  readonly a: Float32Array
  /** [out, rank], scaled. */
  readonly b: Float32Array
}

export interface DecoderSessionOptions {
  readonly device: Device
  /** Modules with LoRA inputs and their [out, in]. */
  readonly loraModules: ReadonlyMap<string, readonly [number, number]>
  readonly hasHead: boolean
  /** @default 0, one per core */
  readonly threads?: number
  /** @default true */
  readonly prepack?: boolean
  /** @default nobody */
  readonly observer?: SessionObserver | undefined
}

export class DecoderSession {
  readonly config: DecoderConfig
  readonly device: Device
  /** Encoded, with where its weights lie: what packed weights are made of and named by. */
  readonly graph: Uint8Array
  #session: GraphSession
  readonly #options: DecoderSessionOptions
  readonly #presentNames: readonly string[]

  private constructor(config: DecoderConfig, graph: Uint8Array, session: GraphSession, options: DecoderSessionOptions) {
    this.config = config
    this.device = options.device
    this.graph = graph
    this.#session = session
    this.#options = options
    this.#presentNames = presentNames(config)
  }

  /** Builds the graph and opens it on the device. Throws DeviceUnavailableError. */
  static async create(config: DecoderConfig, locations: WeightLocations, options: DecoderSessionOptions): Promise<DecoderSession> {
    const onDevice = options.device !== 'cpu'
    const model = buildDecoderGraph(config, locations, {
      loraModules: new Set(options.loraModules.keys()),
      hasHead: options.hasHead,
      present: onDevice ? 'joined' : 'rows',
    })
    const session = await GraphSession.create(model, {
      device: options.device,
      prepack: options.prepack ?? true,
      threads: options.threads ?? 0,
      deviceOutputs: onDevice ? presentNames(config) : [],
      observer: options.observer,
    })
    return new DecoderSession(config, model, session, options)
  }

  /**
   * Goes on with a saved graph and its packed weights. Rounding differs from unpacked ones, so only while nothing is generated with this
   * session (docs/DESIGN.md 4.7). On an error everything is as before.
   */
  async usePacked(graphPath: string): Promise<void> {
    const { threads = 0, observer } = this.#options
    const unpacked = this.#session
    this.#session = await GraphSession.create(graphPath, { threads, observer, optimize: false })
    await unpacked.release()
  }

  newCache(rowCount: number): KeyValueCache {
    return this.device === 'cpu' ? new CpuCache(this.config, rowCount) : new DeviceCache(this.config, rowCount)
  }

  /** Feeds for an adapter; modules it lacks, and the reasoner's all, get rank 0 (on WebGPU zeros of rank 1, where rank 0 crashes). */
  adapterFeeds(modules: ReadonlyMap<string, AdapterModule>): AdapterFeeds {
    const feeds: Record<string, Tensor> = {}
    const emptyRank = this.device === 'cpu' ? 0 : 1
    for (const [module, [outSize, inSize]] of this.#options.loraModules) {
      const names = loraInputNames(module)
      const adapter = modules.get(module)
      const rank = adapter?.rank ?? emptyRank
      feeds[names.a] = float32Tensor(adapter?.a ?? new Float32Array(rank * inSize), [rank, inSize])
      feeds[names.b] = float32Tensor(adapter?.b ?? new Float32Array(outSize * rank), [outSize, rank])
    }
    return feeds
  }

  /** Appends each input to its row of the cache; results are in the order of `inputs`. One input a row. */
  async forward(cache: KeyValueCache, adapter: AdapterFeeds, inputs: readonly RowInput[]): Promise<RowOutput[]> {
    const outputs = new Map<number, RowOutput>()
    // Rows of a batch would take the frequencies of the longest.
    const isBatched = cache.isBatched && !inputs.some(({ positions }) => isLengthDependent(this.config, lengthAt(positions)))
    for (const group of groupRows(inputs, isBatched)) {
      for (const [row, output] of await this.#forwardGroup(cache, adapter, group)) outputs.set(row, output)
    }
    return inputs.map(({ row }) => {
      const output = outputs.get(row)
      if (output === undefined) throw new Error(`internal: no result for row ${row}`)
      return output
    })
  }

  async release(): Promise<void> {
    await this.#session.release()
  }

  async #forwardGroup(cache: KeyValueCache, adapter: AdapterFeeds, group: readonly RowInput[]): Promise<Map<number, RowOutput>> {
    const collected = new Map(group.map(({ row }) => [row, { next: noLogits, parts: [] as Float32Array[] }]))
    // Dynamic rotary scaling depends on how long the sequence gets, not on how it is cut into runs.
    const sequenceLength = Math.max(...group.map(({ positions }) => lengthAt(positions)))
    const seqTotal = Math.max(...group.map(({ ids }) => ids.length))
    for (let start = 0; start < seqTotal; start += CHUNK_LENGTH) {
      const seq = Math.min(CHUNK_LENGTH, seqTotal - start)
      const chunk = cutChunk(group, start, seq, this.config.hiddenSize)
      const results = await this.#run(cache, adapter, chunk, sequenceLength)
      for (const [index, { row }] of chunk.wantedLogits.entries()) {
        const target = collected.get(row)
        if (target) target.next = nextLogits(results, index, chunk.wantedLogits.length)
      }
      const { hiddenSize } = this.config
      for (const [index, { row }] of chunk.wantedHidden.entries()) {
        collected.get(row)?.parts.push(float32Data(results, 'hidden').subarray(index * hiddenSize, (index + 1) * hiddenSize))
      }
    }
    return new Map([...collected].map(([row, { next, parts }]) => [row, { ...next, hiddenStates: joinRows(parts) }]))
  }

  async #run(cache: KeyValueCache, adapter: AdapterFeeds, chunk: Chunk, sequenceLength: number): Promise<Tensors> {
    const { first, end, seq } = chunk
    const batch = end - first
    const { feeds: pastFeeds, pastLength } = cache.past(first, end)
    const { cos, sin } = ropeTables(ropeFrequencies(this.config, sequenceLength), chunk.positions)
    const rotaryShape = [batch, seq, this.config.headDim / 2]
    const { hiddenSize } = this.config
    // The graph gathers from the latents whether or not a position uses them, so there is always one.
    const latents = chunk.latents.length > 0 ? chunk.latents : [new Float32Array(hiddenSize)]
    const feeds: Record<string, Tensor> = {
      ...pastFeeds,
      ...adapter,
      input_ids: int64Tensor(chunk.ids, [batch, seq]),
      latent_index: int64Tensor(chunk.latentIndex, [batch * seq]),
      latents: float32Tensor(joinRows(latents), [latents.length, hiddenSize]),
      cos: float32Tensor(cos, rotaryShape),
      sin: float32Tensor(sin, rotaryShape),
      attention_mask: float32Tensor(attentionMask(cache, chunk, pastLength), [batch, 1, seq, pastLength + seq]),
      hidden_rows: this.#rowIndices(chunk.wantedHidden),
    }
    if (this.#options.hasHead) feeds['logit_rows'] = this.#rowIndices(chunk.wantedLogits)
    const results = await this.#session.run(feeds, this.#fetches(chunk))
    cache.append(first, results, seq, chunk.appended)
    return results
  }

  /** On WebGPU always the same results: what an earlier run fetched stays bound there, and another set is refused. */
  #fetches({ wantedHidden, wantedLogits }: Chunk): string[] {
    const fetchesAll = this.device !== 'cpu'
    const fetches = [...this.#presentNames]
    if (fetchesAll || wantedHidden.length > 0) fetches.push('hidden')
    if (this.#options.hasHead && (fetchesAll || wantedLogits.length > 0)) fetches.push('logits', ...Object.values(logitBlockNames))
    return fetches
  }

  /** Flat indices of wanted rows. On WebGPU at least one, since empty tensors crash there. */
  #rowIndices(wanted: readonly { flat: number }[]): Tensor {
    const indices = wanted.length === 0 && this.device !== 'cpu' ? [0] : wanted.map(({ flat }) => flat)
    return int64Tensor(indices, [indices.length])
  }
}

type NextLogits = Pick<RowOutput, 'logits' | 'logitBlocks'>

const noLogits: NextLogits = { logits: undefined, logitBlocks: undefined }

/** Row `index` of the `count` whose logits were wanted; a device returns one where none was. */
function nextLogits(results: Tensors, index: number, count: number): NextLogits {
  const rowOf = (name: string): Float32Array => {
    const data = float32Data(results, name)
    const length = data.length / count
    return data.subarray(index * length, (index + 1) * length)
  }
  const { max, weight, weightedGap } = logitBlockNames
  return { logits: rowOf('logits'), logitBlocks: { max: rowOf(max), weight: rowOf(weight), weightedGap: rowOf(weightedGap) } }
}

/** Length of a context that ends with these positions; the last may be hidden ones, at 0. */
function lengthAt(positions: readonly number[]): number {
  return 1 + positions.reduce((largest, position) => Math.max(largest, position), 0)
}

function presentNames(config: DecoderConfig): string[] {
  return Array.from({ length: config.numHiddenLayers }, (_, layer) => cacheNames(layer)).flatMap(({ presentKey, presentValue }) => [presentKey, presentValue])
}
