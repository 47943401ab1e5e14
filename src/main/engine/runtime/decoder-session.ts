/**
 * @file Runs the forward graph for ragged rows over a cache: chunks long inputs, builds positions and masks, and puts
 * new keys and values away. It does not know what the rows mean, nor which role they play.
 */
import type { Device } from '../../../shared/domain/model.ts'
import type { DecoderConfig } from '../checkpoint/index.ts'
import { buildDecoderGraph, newTokenNames, presentNames, TOKEN_SUMS, type DecoderGraph } from '../decoder/decoder-graph.ts'
import type { WeightLocations } from '../decoder/graph-weights.ts'
import { logitBlockNames, type LogitBlocks } from '../decoder/logit-blocks.ts'
import { isLengthDependent } from '../decoder/rope.ts'
import { RopeTable } from '../decoder/rope-table.ts'
import { adapterPerRow, oneAdapter, type AdapterFeeds, type AdapterModules } from './adapter-feeds.ts'
import { CacheRow } from './cache-row.ts'
import { CpuCache } from './cpu-cache.ts'
import { DeviceCache } from './device-cache.ts'
import { DevicePools } from './device-pools.ts'
import { float32Data, float32Tensor, GraphSession, int64Tensor, type SessionObserver, type Tensor, type Tensors } from './graph-session.ts'
import { cellFeeds } from './cell-feeds.ts'
import type { CachedRun, HostCache, KeyValueCache } from './key-value-cache.ts'
import { attentionMask, cutChunk, groupRows, joinRows, limitSpan, rowSpan, type Chunk, type RowInput } from './ragged-batch.ts'

/** Positions of a row that one run takes: the mask and the scores grow with its square, and larger products gain nothing more. */
const CHUNK_LENGTH = 512
/** Scores of one layer that a run over a pool may make, 64 MB of them: a buffer may not hold more than 128 MB on every device (WebGPU's default limit). */
const MAX_SCORES = 2 ** 24
/** Positions from which on a row's beginning is read apart on a device: fewer are read at the cost of one, in a run that is made anyway. */
const LONG_BEGINNING = 16

export interface RowOutput {
  /** [vocab], present when wanted. */
  readonly logits: Float32Array | undefined
  /** Of the same logits. */
  readonly logitBlocks: LogitBlocks | undefined
  /** [hiddenStates, hidden] after the final norm. */
  readonly hiddenStates: Float32Array
}

export interface DecoderSessionOptions {
  readonly device: Device
  /** Modules with LoRA inputs, such as `layers.0.self_attn.q_proj`. */
  readonly loraModules: ReadonlySet<string>
  readonly hasHead: boolean
  /** Whether rows of one run may have different adapters. @default false */
  readonly rowsDiffer?: boolean
  /** @default 0, one per core */
  readonly threads?: number
  /** @default true */
  readonly prepack?: boolean
  /** Where a graph lies with its weights packed, to be opened at once; null where it does not. @default nowhere */
  readonly findPacked?: ((graph: Uint8Array) => string | null) | undefined
  /** @default nobody */
  readonly observer?: SessionObserver | undefined
}

export class DecoderSession {
  readonly config: DecoderConfig
  readonly device: Device
  /** Encoded, with where its weights lie: what packed weights are made of and named by. */
  readonly graph: Uint8Array
  readonly #inputs: Pick<DecoderGraph, 'loraInputs' | 'headRows'>
  #session: GraphSession
  readonly #options: DecoderSessionOptions
  /** Results that the cache wants of every run. */
  readonly #cacheResults: readonly string[]
  readonly #pools: DevicePools
  readonly #rope: RopeTable

  private constructor(config: DecoderConfig, { model, loraInputs, headRows }: DecoderGraph, session: GraphSession, options: DecoderSessionOptions) {
    this.config = config
    this.device = options.device
    this.graph = model
    this.#inputs = { loraInputs, headRows }
    this.#session = session
    this.#options = options
    this.#cacheResults = keepsPool(options.device) ? [...presentNames(config), TOKEN_SUMS] : Object.values(newTokenNames)
    this.#pools = new DevicePools(config, options.device)
    this.#rope = new RopeTable(config)
  }

  /** Builds the graph and opens it on the device. Throws DeviceUnavailableError. */
  static async create(config: DecoderConfig, locations: WeightLocations, options: DecoderSessionOptions): Promise<DecoderSession> {
    const graph = buildDecoderGraph(config, locations, {
      loraModules: options.loraModules,
      hasHead: options.hasHead,
      gatesLora: options.rowsDiffer ?? false,
      caches: keepsPool(options.device) ? 'pool' : 'rows',
    })
    const packed = options.findPacked?.(graph.model) ?? null
    const { threads = 0, observer } = options
    if (packed !== null) return new DecoderSession(config, graph, await GraphSession.create(packed, { threads, observer, optimize: false }), options)
    const session = await GraphSession.create(graph.model, {
      device: options.device,
      prepack: options.prepack ?? true,
      threads,
      observer,
    })
    return new DecoderSession(config, graph, session, options)
  }

  /**
   * Goes on with a saved graph and its packed weights. Rounding differs from unpacked ones, so only while nothing is generated with this
   * session (docs/DESIGN.md 4.7). Where that fails it goes on unpacked, and the error is thrown.
   */
  async usePacked(graphPath: string): Promise<void> {
    const { threads = 0, observer } = this.#options
    // First, so that never both are in memory.
    await this.#session.release()
    try {
      this.#session = await GraphSession.create(graphPath, { threads, observer, optimize: false })
    } catch (error) {
      this.#session = await GraphSession.create(this.graph, { threads, observer, prepack: false })
      throw error
    }
  }

  newCache(rowCount: number): KeyValueCache {
    return keepsPool(this.device) ? DeviceCache.open(this.config, rowCount, this.#pools) : new CpuCache(this.config, rowCount)
  }

  /** Feeds for one adapter; modules it lacks, and the reasoner's all, get rank 0 (on WebGPU zeros of rank 1, where rank 0 crashes). */
  adapterFeeds(modules: AdapterModules): AdapterFeeds {
    return oneAdapter(this.#inputs.loraInputs, modules, { emptyRank: this.device === 'cpu' ? 0 : 1, isGated: this.#options.rowsDiffer ?? false })
  }

  /** Feeds for runs over a cache whose rows have adapters of their own; needs the option `rowsDiffer`. */
  adapterFeedsPerRow(adapters: readonly AdapterModules[]): AdapterFeeds {
    return adapterPerRow(this.#inputs.loraInputs, adapters)
  }

  /** Appends each input to its row of the cache; results are in the order of `inputs`. One input a row. */
  async forward(cache: KeyValueCache, adapter: AdapterFeeds, inputs: readonly RowInput[]): Promise<RowOutput[]> {
    if (cache instanceof CacheRow) return this.forward(cache.whole, adapter, inputs.map((input) => ({ ...input, row: cache.place })))
    const outputs = new Map<number, RowOutput>()
    const readApart = cache instanceof DeviceCache ? await this.#readApart(cache, adapter, inputs) : outputs
    for (const [row, output] of readApart) outputs.set(row, output)
    const others = inputs.filter(({ row }) => !outputs.has(row))
    // Rows of a batch would take the frequencies of the longest.
    const isBatched = !others.some(({ positions }) => isLengthDependent(this.config, lengthAt(positions)))
    const maxPositions = this.#maxPositions(cache, others)
    for (const group of groupRows(others, isBatched).flatMap((rows) => limitSpan(rows, maxPositions))) {
      for (const [row, output] of await this.#forwardGroup(cache, adapter, group, maxPositions)) outputs.set(row, output)
    }
    return inputs.map(({ row }) => {
      const output = outputs.get(row)
      if (output === undefined) throw new Error(`internal: no result for row ${row}`)
      return output
    })
  }

  async release(): Promise<void> {
    await this.#session.release()
    await this.#pools.release()
  }

  /** On a device, texts that rows of a batch begin with: beside the others, their many queries would be scored against the slots of all rows. */
  async #readApart(cache: DeviceCache, adapter: AdapterFeeds, inputs: readonly RowInput[]): Promise<Map<number, RowOutput>> {
    const outputs = new Map<number, RowOutput>()
    if (cache.rowCount === 1) return outputs
    for (const input of inputs.filter(({ row, ids }) => cache.length(row) === 0 && ids.length >= LONG_BEGINNING)) {
      const apart = cache.openApart()
      const alone = { ...input, row: 0 }
      const [[, output] = []] = await this.#forwardGroup(apart, adapter, [alone], this.#maxPositions(apart, [alone]))
      await cache.adopt(input.row, apart)
      if (output !== undefined) outputs.set(input.row, output)
    }
    return outputs
  }

  /** Positions of all rows together that one run may take. */
  #maxPositions(cache: KeyValueCache, inputs: readonly RowInput[]): number {
    if (!(cache instanceof DeviceCache)) return Infinity
    const slots = cache.slotsWith(inputs.reduce((sum, { ids }) => sum + ids.length, 0))
    return Math.max(1, Math.floor(MAX_SCORES / (this.config.numAttentionHeads * slots)))
  }

  async #forwardGroup(cache: KeyValueCache, adapter: AdapterFeeds, group: readonly RowInput[], maxPositions: number): Promise<Map<number, RowOutput>> {
    const collected = new Map(group.map(({ row }) => [row, { next: noLogits, parts: [] as Float32Array[] }]))
    // Dynamic rotary scaling depends on how long the sequence gets, not on how it is cut into runs.
    const sequenceLength = Math.max(...group.map(({ positions }) => lengthAt(positions)))
    const seqTotal = Math.max(...group.map(({ ids }) => ids.length))
    const chunkLength = Math.min(CHUNK_LENGTH, Math.floor(maxPositions / rowSpan(group)))
    for (let start = 0; start < seqTotal; start += chunkLength) {
      const seq = Math.min(chunkLength, seqTotal - start)
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
    const cached = cache instanceof DeviceCache ? await cache.prepare(chunk) : prepareRows(asHostCache(cache), chunk)
    const { cos, sin } = this.#rope.at(chunk.positions, sequenceLength)
    const rotaryShape = [batch, seq, this.config.headDim / 2]
    const { hiddenSize } = this.config
    // The graph gathers from the latents whether or not a position uses them, so there is always one.
    const latents = chunk.latents.length > 0 ? chunk.latents : [new Float32Array(hiddenSize)]
    const feeds: Record<string, Tensor> = {
      ...cached.feeds,
      ...adapter(chunk),
      ...cellFeeds(chunk, this.#inputs.headRows, this.config.numAttentionHeads),
      input_ids: int64Tensor(chunk.ids, [chunk.ids.length]),
      latent_index: int64Tensor(chunk.latentIndex, [chunk.ids.length]),
      latents: float32Tensor(joinRows(latents), [latents.length, hiddenSize]),
      cos: float32Tensor(cos, rotaryShape),
      sin: float32Tensor(sin, rotaryShape),
      hidden_rows: this.#rowIndices(chunk.wantedHidden),
    }
    if (this.#options.hasHead) feeds['logit_rows'] = this.#rowIndices(chunk.wantedLogits)
    const results = await this.#session.run(feeds, this.#fetches(chunk), cached.into)
    cached.keep(results)
    if (cache instanceof DeviceCache) spoilResults(results, chunk, cache)
    return results
  }

  #fetches({ wantedHidden, wantedLogits }: Chunk): string[] {
    const fetches = [...this.#cacheResults]
    if (wantedHidden.length > 0) fetches.push('hidden')
    if (this.#options.hasHead && wantedLogits.length > 0) fetches.push('logits', ...Object.values(logitBlockNames))
    return fetches
  }

  /** Tokens whose results are wanted. On WebGPU at least one, since empty tensors crash there. */
  #rowIndices(wanted: readonly { token: number }[]): Tensor {
    const indices = wanted.length === 0 && this.device !== 'cpu' ? [0] : wanted.map(({ token }) => token)
    return int64Tensor(indices, [indices.length])
  }
}

/** Whether caches stay on the device: where ONNX Runtime lets tensors live there from run to run. */
function keepsPool(device: Device): boolean {
  return device === 'webgpu'
}

function asHostCache(cache: KeyValueCache): HostCache {
  if (!(cache instanceof CpuCache)) throw new Error('internal: a cache of another kind')
  return cache
}

function prepareRows(cache: HostCache, chunk: Chunk): CachedRun {
  const { first, end, seq, appended } = chunk
  const { feeds, pastLength } = cache.past(first, end)
  const mask = float32Tensor(attentionMask(cache, chunk, pastLength), [end - first, 1, seq, pastLength + seq])
  return { feeds: { ...feeds, attention_mask: mask }, into: {}, keep: (results) => cache.append(first, results, seq, appended) }
}

/** Makes results NaN that rest on a row's clamped numbers. */
function spoilResults(results: Tensors, { wantedLogits, wantedHidden }: Chunk, cache: DeviceCache): void {
  const wanted = [['hidden', wantedHidden], ...['logits', ...Object.values(logitBlockNames)].map((name) => [name, wantedLogits] as const)] as const
  for (const [name, rows] of wanted) {
    for (const [index, { row }] of rows.entries()) {
      if (!cache.isSpoilt(row)) continue
      const data = float32Data(results, name)
      data.fill(NaN, (index * data.length) / rows.length, ((index + 1) * data.length) / rows.length)
    }
  }
}

type NextLogits = Pick<RowOutput, 'logits' | 'logitBlocks'>

const noLogits: NextLogits = { logits: undefined, logitBlocks: undefined }

/** Row `index` of the `count` whose logits were wanted. */
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
