/**
 * @file The embedding table read as a whole: norms of its rows and cosines to them. A float32 or half-precision table is used where it
 * lies in its file; a quantised one is turned into numbers a part at a time, exactly as the reasoner reads it. It interprets nothing.
 */
import { readRowNorms, type DecoderConfig } from '../checkpoint/index.ts'
import { EMBEDDINGS } from '../decoder/decoder-graph.ts'
import { hasQuantizedMatrices, storedWeight, tableRows, unquantizedName, type WeightLocations } from '../decoder/graph-weights.ts'
import { GraphBuilder } from '../onnx/graph-builder.ts'
import { dimAt, type Value } from '../onnx/value.ts'
import { multiply, toFloat32 } from '../ops/elementwise.ts'
import { linear } from '../ops/matrix.ts'
import { rowNorms } from '../ops/normalization.ts'
import { float32Data, float32Tensor, GraphSession, int64Tensor, type Tensors } from '../runtime/graph-session.ts'
import { rememberedNorms } from './vocabulary-norms.ts'

/** Mapped weights, nothing folded: a half-precision table is cast for the length of a run only. */
const inPlace = { prepack: false, optimize: false } as const

/** Rows of a quantised table that are float32 at a time: with a hidden size of 4,096 they take 134 MB. */
const ROWS_AT_ONCE = 8192

export class VocabularyTable {
  /** L2 norms of all rows, [vocab]. */
  readonly norms: Float32Array
  readonly #openSession: () => Promise<GraphSession>
  readonly #parts: readonly Part[]
  /** Opened at the first question: many models are asked none. */
  #session: Promise<GraphSession> | undefined

  private constructor(openSession: () => Promise<GraphSession>, parts: readonly Part[], norms: Float32Array) {
    this.#openSession = openSession
    this.#parts = parts
    this.norms = norms
  }

  /** @param weightsDir where norms are remembered. @default null, nowhere */
  static async open(config: DecoderConfig, locations: WeightLocations, weightsDir: string | null = null): Promise<VocabularyTable> {
    const parts = hasQuantizedMatrices(locations) ? cutTable(config.vocabSize) : [{ start: 0, end: config.vocabSize, feeds: {} }]
    const tensors = [...locations].filter(([name]) => unquantizedName(name) === EMBEDDINGS).map(([, location]) => location)
    const norms = await rememberedNorms(tensors, weightsDir, () => computeNorms(config, locations, parts))
    return new VocabularyTable(() => openCosines(config, locations), parts, norms)
  }

  /**
   * Cosines [count, vocab] of `directions` [count, hidden] of length 1; `inverseNorms` [vocab] are 1 / norm, or 0 for rows without a direction.
   */
  async cosines(directions: Float32Array, count: number, inverseNorms: Float32Array): Promise<Float32Array> {
    this.#session ??= this.#openSession()
    const session = await this.#session
    const vocabSize = this.norms.length
    const cosines = new Float32Array(count * vocabSize)
    for (const { start, end, feeds } of this.#parts) {
      const inputs = {
        ...feeds,
        directions: float32Tensor(directions, [count, directions.length / count]),
        inverse_norms: float32Tensor(inverseNorms.subarray(start, end), [end - start]),
      }
      const part = float32Data(await session.run(inputs, ['cosines']), 'cosines')
      if (this.#parts.length === 1) return part
      for (let row = 0; row < count; row++) cosines.set(part.subarray(row * (end - start), (row + 1) * (end - start)), row * vocabSize + start)
    }
    return cosines
  }

  async release(): Promise<void> {
    await (await this.#session)?.release()
  }
}

/** Rows `start` to `end`, and what names them to the graph. */
interface Part {
  readonly start: number
  readonly end: number
  readonly feeds: Tensors
}

/** A table that lies in its file is read a few megabytes at a time rather than mapped as a whole. */
async function computeNorms(config: DecoderConfig, locations: WeightLocations, parts: readonly Part[]): Promise<Float32Array> {
  const stored = locations.get(EMBEDDINGS)
  if (stored !== undefined && !hasQuantizedMatrices(locations)) return Float32Array.from(await readRowNorms(stored))
  const graph = new GraphBuilder('vocabulary-norms')
  graph.output('norms', rowNorms(graph, declareRows(graph, locations)))
  const session = await GraphSession.create(graph.encode(), inPlace)
  const norms = new Float32Array(config.vocabSize)
  for (const { start, feeds } of parts) norms.set(float32Data(await session.run(feeds, ['norms']), 'norms'), start)
  await session.release()
  return norms
}

async function openCosines(config: DecoderConfig, locations: WeightLocations): Promise<GraphSession> {
  const graph = new GraphBuilder('vocabulary-cosines')
  const rows = declareRows(graph, locations)
  const directions = graph.input('directions', 'float32', ['directions', config.hiddenSize])
  const inverseNorms = graph.input('inverse_norms', 'float32', [dimAt(rows, 0)])
  graph.output('cosines', multiply(graph, linear(graph, directions, rows), inverseNorms))
  return GraphSession.create(graph.encode(), inPlace)
}

function cutTable(vocabSize: number): Part[] {
  return Array.from({ length: Math.ceil(vocabSize / ROWS_AT_ONCE) }, (_, index) => {
    const start = index * ROWS_AT_ONCE
    const end = Math.min(start + ROWS_AT_ONCE, vocabSize)
    return { start, end, feeds: { ids: int64Tensor(Array.from({ length: end - start }, (__, row) => start + row), [end - start]) } }
  })
}

/** The whole table, or of a quantised one the rows that the input `ids` names: [rows, hidden] float32. */
function declareRows(graph: GraphBuilder, locations: WeightLocations): Value {
  if (!hasQuantizedMatrices(locations)) return toFloat32(graph, storedWeight(graph, locations, EMBEDDINGS))
  return tableRows(graph, locations, EMBEDDINGS, graph.input('ids', 'int64', ['rows']))
}
