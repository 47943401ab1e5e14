/**
 * @file The embedding table as a reference for latents: the norms of its rows, and the rows nearest to a latent. It
 * makes no claim about meaning.
 */
import type { DecoderConfig } from '../checkpoint/index.ts'
import { storedWeight, type WeightLocations } from '../decoder/graph-weights.ts'
import { GraphBuilder } from '../onnx/graph-builder.ts'
import { multiply, toFloat32 } from '../ops/elementwise.ts'
import { linear } from '../ops/matrix.ts'
import { rowNorms } from '../ops/normalization.ts'
import { float32Data, float32Tensor, GraphSession } from '../runtime/graph-session.ts'
import { findLargest } from './sampling/largest-logits.ts'

/** Mapped weights, nothing folded: a half-precision table is cast for the length of a run only. */
const inPlace = { prepack: false, optimize: false } as const

/** Shares of the table whose norms `LoadedModel.vocabularyNormQuantiles` reports. */
const QUANTILES = [0, 0.05, 0.25, 0.5, 0.75, 0.95, 1]

/** Vectors compared with the table at a time: their cosines to a vocabulary of 150,000 take 38 MB. */
const ROWS_AT_ONCE = 64

export interface NearestRow {
  readonly tokenId: number
  readonly cosine: number
}

export class Vocabulary {
  readonly normQuantiles: readonly number[]
  readonly #session: GraphSession
  readonly #inverseNorms: Float32Array
  readonly #hiddenSize: number

  private constructor(session: GraphSession, norms: Float32Array, hiddenSize: number) {
    this.#session = session
    this.#hiddenSize = hiddenSize
    // Rows of zeros (padding of the vocabulary) have no direction: cosine 0.
    this.#inverseNorms = norms.map((norm) => (norm > 0 ? 1 / norm : 0))
    const sorted = norms.toSorted()
    this.normQuantiles = QUANTILES.map((quantile) => sorted[Math.round(quantile * (sorted.length - 1))] ?? 0)
  }

  static async create(config: DecoderConfig, locations: WeightLocations): Promise<Vocabulary> {
    const normGraph = new GraphBuilder('vocabulary-norms')
    normGraph.output('norms', rowNorms(normGraph, toFloat32(normGraph, storedWeight(normGraph, locations, 'model.embed_tokens.weight'))))
    const normSession = await GraphSession.create(normGraph.encode(), inPlace)
    const norms = float32Data(await normSession.run({}, ['norms']), 'norms')
    await normSession.release()

    const graph = new GraphBuilder('vocabulary-cosines')
    const table = toFloat32(graph, storedWeight(graph, locations, 'model.embed_tokens.weight'))
    const directions = graph.input('directions', 'float32', ['rows', config.hiddenSize])
    const inverseNorms = graph.input('inverse_norms', 'float32', [config.vocabSize])
    graph.output('cosines', multiply(graph, linear(graph, directions, table), inverseNorms))
    return new Vocabulary(await GraphSession.create(graph.encode(), inPlace), norms, config.hiddenSize)
  }

  /** For each row of `vectors` [rows, hidden] the `count` table rows with the largest cosine, best first. */
  async nearest(vectors: Float32Array, count: number): Promise<NearestRow[][]> {
    const found: NearestRow[][] = []
    const step = ROWS_AT_ONCE * this.#hiddenSize
    for (let start = 0; start < vectors.length; start += step) found.push(...(await this.#nearestOf(vectors.subarray(start, start + step), count)))
    return found
  }

  async release(): Promise<void> {
    await this.#session.release()
  }

  async #nearestOf(vectors: Float32Array, count: number): Promise<NearestRow[][]> {
    const rows = vectors.length / this.#hiddenSize
    const directions = new Float32Array(vectors.length)
    for (const [row, norm] of euclideanNorms(vectors, this.#hiddenSize).entries()) {
      for (let column = row * this.#hiddenSize; column < (row + 1) * this.#hiddenSize; column++) {
        directions[column] = norm > 0 ? (vectors[column] ?? 0) / norm : 0
      }
    }
    const feeds = {
      directions: float32Tensor(directions, [rows, this.#hiddenSize]),
      inverse_norms: float32Tensor(this.#inverseNorms, [this.#inverseNorms.length]),
    }
    const cosines = float32Data(await this.#session.run(feeds, ['cosines']), 'cosines')
    const vocabSize = this.#inverseNorms.length
    return Array.from({ length: rows }, (_, row) => {
      const line = cosines.subarray(row * vocabSize, (row + 1) * vocabSize)
      return findLargest(line, count).map((tokenId) => ({ tokenId, cosine: line[tokenId] ?? 0 }))
    })
  }
}

/** L2 norm of each row of [rows, width]; the squares of float32 numbers do not overflow. */
export function euclideanNorms(vectors: Float32Array, width: number): number[] {
  const norms = Array.from({ length: vectors.length / width }, () => 0)
  for (let row = 0; row < norms.length; row++) {
    let sum = 0
    for (let index = row * width; index < (row + 1) * width; index++) sum += (vectors[index] ?? 0) ** 2
    norms[row] = Math.sqrt(sum)
  }
  return norms
}
