/**
 * @file The weaver: turns a row's context into K latents (docs/REFERENCE.md 1.4 and 1.5), reading only what is new since
 * its last call. It does not know when it is asked.
 */
import type { LatentNorm, WeaverPart } from '../checkpoint/index.ts'
import type { WeaveKind } from '../../../shared/domain/weave.ts'
import type { HostTensor } from '../tensor/host-tensor.ts'
import type { KeyValueCache } from '../runtime/key-value-cache.ts'
import { LATENT, type RowInput } from '../runtime/ragged-batch.ts'
import type { Context } from './context.ts'
import type { EmbeddingTable, ProjectionPair } from './projections.ts'
import type { Role } from './role.ts'
import { euclideanNorms } from './vocabulary.ts'

/** PyTorch's nn.LayerNorm default. */
const LAYER_NORM_EPSILON = 1e-5

export interface WovenLatents {
  /** Number of latents. */
  readonly count: number
  /** Weaver's hidden states at the query positions, [K, weaver hidden]. */
  readonly beforeProjection: Float32Array
  /** What the reasoner reads, [K, reasoner hidden]. */
  readonly latents: Float32Array
}

export interface WeaveRequest {
  readonly row: number
  readonly kind: WeaveKind
  readonly context: Context
}

export class Weaver {
  readonly #role: Role
  readonly #embeddings: EmbeddingTable
  readonly #projections: ProjectionPair
  readonly #queries: Readonly<Record<WeaveKind, Float32Array>>

  constructor(role: Role, part: WeaverPart, embeddings: EmbeddingTable, projections: ProjectionPair) {
    this.#role = role
    this.#embeddings = embeddings
    this.#projections = projections
    // The same at every call, so normalised once.
    this.#queries = {
      prompt: normalizeQueries(part.promptQueryLatents, part.promptNorm),
      inference: normalizeQueries(part.inferenceQueryLatents, part.inferenceNorm),
    }
  }

  get #hiddenSize(): number {
    return this.#role.session.config.hiddenSize
  }

  /** As of its role. */
  get hasStableCache(): boolean {
    return this.#role.hasStableCache
  }

  /** L2 norms of the queries as they are read, after LayerNorm and scale: [K]. */
  queryNorms(kind: WeaveKind): number[] {
    return euclideanNorms(this.#queries[kind], this.#hiddenSize)
  }

  newCache(rowCount: number): KeyValueCache {
    return this.#role.newCache(rowCount)
  }

  /** Weaves for several rows; the cache keeps the contexts and forgets the queries. */
  async weave(cache: KeyValueCache, requests: readonly WeaveRequest[]): Promise<WovenLatents[]> {
    const inputs = await Promise.all(requests.map((request) => this.#rowInput(cache, request)))
    const outputs = await this.#role.forward(cache, inputs)
    const woven: WovenLatents[] = []
    for (const [index, { row, kind, context }] of requests.entries()) {
      cache.truncate(row, context.length)
      const beforeProjection = outputs[index]?.hiddenStates
      if (beforeProjection === undefined) throw new Error(`internal: the weaver returned nothing for row ${row}`)
      const latents = await this.#projections.toReasoner.apply(beforeProjection)
      woven.push({ count: this.#queries[kind].length / this.#hiddenSize, beforeProjection, latents })
    }
    return woven
  }

  /** The context not yet read, projected, then the queries. */
  async #rowInput(cache: KeyValueCache, { row, kind, context }: WeaveRequest): Promise<RowInput> {
    const queries = this.#queries[kind]
    const count = queries.length / this.#hiddenSize
    const start = this.#role.readFrom(cache, row, context.length + count)
    const slice = context.from(start)
    const projected =
      slice.ids.length === 0 ? new Float32Array(0) : await this.#projections.toWeaver.apply(await this.#embeddings.inputsEmbeds(slice))
    const latents = new Float32Array(projected.length + queries.length)
    latents.set(projected)
    latents.set(queries, projected.length)
    const length = slice.ids.length + count
    return {
      row,
      ids: new Array<number>(length).fill(LATENT),
      latents,
      positions: Array.from({ length }, (_, index) => start + index),
      hiddenStates: count,
    }
  }
}

/** LayerNorm(queries) * scale, or the queries as they are where the checkpoint has no norm (docs/REFERENCE.md 1.4, 8.3). */
function normalizeQueries({ data, shape }: HostTensor, norm: LatentNorm | undefined): Float32Array {
  if (norm === undefined) return data
  const [count = 0, width = 0] = shape
  const normalized = new Float32Array(data.length)
  for (let row = 0; row < count; row++) {
    const values = data.subarray(row * width, (row + 1) * width)
    const mean = values.reduce((sum, value) => sum + value, 0) / width
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / width
    const inverse = 1 / Math.sqrt(variance + LAYER_NORM_EPSILON)
    for (const [column, value] of values.entries()) {
      const affine = (value - mean) * inverse * (norm.weight.data[column] ?? 1) + (norm.bias.data[column] ?? 0)
      normalized[row * width + column] = affine * norm.scale
    }
  }
  return normalized
}
