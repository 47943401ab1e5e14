/**
 * @file Reads recorded contexts anew with the reasoner's weights and tells what happened inside (decoder/probing-graph.ts). It does
 * not know what is asked of a trace.
 *
 * It runs on the CPU whatever the model's device, on the mapped files, quantised ones where the model stands so: unpacked and unfolded, so
 * that asking costs no second copy of float weights (docs/DESIGN.md 4.5). Keys and values are kept while a context is read, a part at a time.
 *
 * Differences: a context is read in one go. Dynamic rotary scaling beyond the trained length then has the frequencies of the whole
 * context, where the generation had those of its length at each insertion.
 */
import type { DecoderConfig } from '../checkpoint/index.ts'
import { newTokenNames } from '../decoder/decoder-graph.ts'
import { hasQuantizedMatrices, type WeightLocations } from '../decoder/graph-weights.ts'
import { buildProbingGraph } from '../decoder/probing-graph.ts'
import { ropeFrequencies, ropeTables, type RopeFrequencies } from '../decoder/rope.ts'
import type { ContextSlice } from '../memgen/context.ts'
import { CpuCache } from '../runtime/cpu-cache.ts'
import { float32Data, float32Tensor, GraphSession, int64Tensor, type Tensors } from '../runtime/graph-session.ts'
import { attentionMask, cutChunk, joinRows, type RowInput } from '../runtime/ragged-batch.ts'

/** Positions one run takes at most: a layer's scores are [heads, part, context]. */
const PART_LENGTH = 256
/** Logits one run returns at most, 64 MB of them. */
const MAX_LOGITS = 2 ** 24

export interface ReadQuestions {
  /** Positions from this one on are not read. @default the context's length */
  readonly end?: number
  /** Sets of positions whose attention is summed. @default none */
  readonly keySets?: readonly (readonly number[])[]
  /** Positions whose next-token logits are wanted. @default none */
  readonly logitsAt?: readonly number[]
  /** Positions that the head reads behind every layer. @default none */
  readonly lensAt?: readonly number[]
}

export interface ReadOptions {
  readonly signal?: AbortSignal
  /** Hears the share of the context that has been read. */
  readonly onProgress?: (fraction: number) => void
}

/** What was found at the positions `start` to `end`. */
export interface ReadPart {
  readonly start: number
  readonly end: number
  /** [layers, heads, end - start, keySets] probability on each set; null where no position sees any of the keys: all 0. */
  readonly attention: Float32Array | null
  /** Of the wanted positions in this part, ascending, each [vocab]. */
  readonly logits: readonly Float32Array[]
  /** Of the wanted positions in this part, ascending, each [layers + 1][vocab]; layer 0 is the embedding. */
  readonly lens: readonly (readonly Float32Array[])[]
}

/** A context under way. */
interface Reading {
  readonly input: RowInput
  readonly cache: CpuCache
  readonly frequencies: RopeFrequencies
  readonly questions: Required<Omit<ReadQuestions, 'end'>>
}

export class Probe {
  readonly #config: DecoderConfig
  readonly #session: GraphSession

  private constructor(config: DecoderConfig, session: GraphSession) {
    this.#config = config
    this.#session = session
  }

  /** @param threads 0 takes one per core */
  static async open(config: DecoderConfig, locations: WeightLocations, { threads = 0 }: { threads?: number } = {}): Promise<Probe> {
    // With quantised weights the rounding of activations makes much of a last digit, so it computes exactly as a generation does; packed they
    // are a small copy.
    const isQuantized = hasQuantizedMatrices(locations)
    const options = { prepack: isQuantized, optimize: isQuantized, spins: false, threads }
    return new Probe(config, await GraphSession.create(buildProbingGraph(config, locations), options))
  }

  /** Reads from the first position on and yields what was asked for, a part at a time. Throws the signal's reason between parts. */
  async *read(context: ContextSlice, questions: ReadQuestions, { signal, onProgress }: ReadOptions = {}): AsyncGenerator<ReadPart, undefined> {
    const { end = context.ids.length, keySets = [], logitsAt = [], lensAt = [] } = questions
    const reading: Reading = {
      input: { row: 0, ...context, positions: [...context.ids.keys()] },
      cache: new CpuCache(this.#config, 1),
      frequencies: ropeFrequencies(this.#config, end),
      questions: { keySets, logitsAt, lensAt },
    }
    const headRows = new Map<number, number>(logitsAt.map((position) => [position, 1]))
    for (const position of lensAt) headRows.set(position, (headRows.get(position) ?? 0) + this.#config.numHiddenLayers + 1)
    for (let start = 0; start < end; ) {
      signal?.throwIfAborted()
      const part = await this.#readPart(reading, start, this.#partEnd(start, end, headRows))
      start = part.end
      onProgress?.(start / end)
      yield part
    }
  }

  /** The logits [vocab] that follow each of `positions`, which ascend. */
  async *logitsAt(context: ContextSlice, positions: readonly number[], options: ReadOptions = {}): AsyncGenerator<Float32Array, undefined> {
    const questions = { end: (positions.at(-1) ?? -1) + 1, logitsAt: positions }
    for await (const { logits } of this.read(context, questions, options)) yield* logits
  }

  async release(): Promise<void> {
    await this.#session.release()
  }

  /** A part ends early where its logits would become too many. */
  #partEnd(start: number, end: number, headRows: ReadonlyMap<number, number>): number {
    const limit = Math.min(end, start + PART_LENGTH)
    const maxRows = MAX_LOGITS / this.#config.vocabSize
    let rows = 0
    for (let position = start; position < limit; position++) {
      rows += headRows.get(position) ?? 0
      if (rows > maxRows && position > start) return position
    }
    return limit
  }

  async #readPart({ input, cache, frequencies, questions }: Reading, start: number, end: number): Promise<ReadPart> {
    const { hiddenSize, headDim, numHiddenLayers, vocabSize } = this.#config
    const seq = end - start
    const inPart = (wanted: readonly number[]): number[] => wanted.filter((position) => position >= start && position < end).map((position) => position - start)
    const [logitRows, lensRows] = [inPart(questions.logitsAt), inPart(questions.lensAt)]
    const chunk = cutChunk([input], start, seq, hiddenSize)
    const { feeds: pastFeeds, pastLength } = cache.past(0, 1)
    const { cos, sin } = ropeTables(frequencies, chunk.positions)
    const keys = keyWeights(questions.keySets, { start, end, pastLength })
    // The graph gathers from the latents whether or not a position uses them, so there is always one.
    const latents = chunk.latents.length > 0 ? chunk.latents : [new Float32Array(hiddenSize)]
    const results = await this.#session.run(
      {
        ...pastFeeds,
        input_ids: int64Tensor(chunk.ids, [seq]),
        latent_index: int64Tensor(chunk.latentIndex, [seq]),
        latents: float32Tensor(joinRows(latents), [latents.length, hiddenSize]),
        cos: float32Tensor(cos, [1, seq, headDim / 2]),
        sin: float32Tensor(sin, [1, seq, headDim / 2]),
        attention_mask: float32Tensor(attentionMask(cache, chunk, pastLength), [1, 1, seq, pastLength + seq]),
        key_weights: float32Tensor(keys.weights, [pastLength + seq, keys.columns]),
        lens_rows: int64Tensor(lensRows, [lensRows.length]),
        logit_rows: int64Tensor(logitRows, [logitRows.length]),
      },
      this.#fetches(keys.columns > 0, logitRows.length + lensRows.length > 0),
    )
    cache.append(0, results, seq, chunk.appended)
    const headRow = headRowsOf(results, vocabSize)
    return {
      start,
      end,
      attention: keys.columns > 0 ? float32Data(results, 'attention_mass') : null,
      logits: logitRows.map((_, index) => headRow(index)),
      lens: lensRows.map((_, index) => Array.from({ length: numHiddenLayers + 1 }, (__, layer) => headRow(logitRows.length + layer * lensRows.length + index))),
    }
  }

  #fetches(wantsAttention: boolean, wantsLogits: boolean): string[] {
    return [...Object.values(newTokenNames), ...(wantsAttention ? ['attention_mass'] : []), ...(wantsLogits ? ['logits'] : [])]
  }
}

/** The graph's [past + seq, columns]: no columns at all where no position of the part sees any of the keys. */
function keyWeights(keySets: readonly (readonly number[])[], { start, end, pastLength }: { start: number; end: number; pastLength: number }): { weights: Float32Array; columns: number } {
  const columns = keySets.some((keys) => keys.some((key) => key < end)) ? keySets.length : 0
  const weights = new Float32Array((pastLength + end - start) * columns)
  if (columns === 0) return { weights, columns }
  for (const [column, keys] of keySets.entries()) {
    for (const key of keys) {
      // Cached keys lie in the order of positions; behind them may be unused room, and then this part's own.
      const slot = key < start ? key : pastLength + key - start
      if (key < end) weights[slot * columns + column] = 1
    }
  }
  return { weights, columns }
}

/** Row `index` of the result `logits`. */
function headRowsOf(results: Tensors, vocabSize: number): (index: number) => Float32Array {
  return (index) => float32Data(results, 'logits').subarray(index * vocabSize, (index + 1) * vocabSize)
}
