/**
 * @file The embedding table as a reference for latents: the norms of its rows, and the rows nearest to a latent. It
 * makes no claim about meaning.
 */
import type { DecoderConfig } from '../checkpoint/index.ts'
import type { WeightLocations } from '../decoder/graph-weights.ts'
import { findLargest } from './sampling/largest-logits.ts'
import { VocabularyTable } from './vocabulary-table.ts'

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
  readonly #table: VocabularyTable
  readonly #inverseNorms: Float32Array
  readonly #hiddenSize: number

  private constructor(table: VocabularyTable, hiddenSize: number) {
    this.#table = table
    this.#hiddenSize = hiddenSize
    // Rows of zeros (padding of the vocabulary) have no direction: cosine 0.
    this.#inverseNorms = table.norms.map((norm) => (norm > 0 ? 1 / norm : 0))
    const sorted = table.norms.toSorted()
    this.normQuantiles = QUANTILES.map((quantile) => sorted[Math.round(quantile * (sorted.length - 1))] ?? 0)
  }

  /** @param weightsDir where norms are remembered. @default null, nowhere */
  static async create(config: DecoderConfig, locations: WeightLocations, weightsDir: string | null = null): Promise<Vocabulary> {
    return new Vocabulary(await VocabularyTable.open(config, locations, weightsDir), config.hiddenSize)
  }

  /** For each row of `vectors` [rows, hidden] the `count` table rows with the largest cosine, best first. */
  async nearest(vectors: Float32Array, count: number): Promise<NearestRow[][]> {
    const found: NearestRow[][] = []
    const step = ROWS_AT_ONCE * this.#hiddenSize
    for (let start = 0; start < vectors.length; start += step) found.push(...(await this.#nearestOf(vectors.subarray(start, start + step), count)))
    return found
  }

  async release(): Promise<void> {
    await this.#table.release()
  }

  async #nearestOf(vectors: Float32Array, count: number): Promise<NearestRow[][]> {
    const rows = vectors.length / this.#hiddenSize
    const directions = new Float32Array(vectors.length)
    for (const [row, norm] of euclideanNorms(vectors, this.#hiddenSize).entries()) {
      for (let column = row * this.#hiddenSize; column < (row + 1) * this.#hiddenSize; column++) {
        directions[column] = norm > 0 ? (vectors[column] ?? 0) / norm : 0
      }
    }
    const cosines = await this.#table.cosines(directions, rows, this.#inverseNorms)
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
