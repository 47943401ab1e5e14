/**
 * @file The two linear maps between reasoner and weaver, and the reasoner's embedding table they start from
 * (docs/REFERENCE.md 1.2, 1.5). Small CPU graphs on the mapped weights; they hold no copy of the table.
 */
import type { DecoderConfig, LinearTensors, Projections } from '../checkpoint/index.ts'
import { EMBEDDINGS } from '../decoder/decoder-graph.ts'
import { tableRows, type WeightLocations } from '../decoder/graph-weights.ts'
import { GraphBuilder } from '../onnx/graph-builder.ts'
import type { Value } from '../onnx/value.ts'
import { linear } from '../ops/matrix.ts'
import { float32Data, float32Tensor, GraphSession, int64Tensor, type SessionObserver } from '../runtime/graph-session.ts'
import { LATENT } from '../runtime/ragged-batch.ts'
import type { ContextSlice } from './context.ts'

/**
 * Unoptimised and unpacked: rows are gathered from the mapped file, and nothing is worth a private copy. One thread, here
 * and for the maps: each session has threads of its own, and those of small ones only get in the way of the decoder's.
 */
const inPlace = { prepack: false, optimize: false, threads: 1 } as const

/** Rows of the reasoner's embedding table. */
export class EmbeddingTable {
  readonly hiddenSize: number
  readonly #session: GraphSession

  private constructor(session: GraphSession, hiddenSize: number) {
    this.#session = session
    this.hiddenSize = hiddenSize
  }

  static async create(config: DecoderConfig, locations: WeightLocations, observer?: SessionObserver): Promise<EmbeddingTable> {
    const graph = new GraphBuilder('embedding-table')
    const ids = graph.input('ids', 'int64', ['tokens'])
    graph.output('embeds', tableRows(graph, locations, EMBEDDINGS, ids))
    return new EmbeddingTable(await GraphSession.create(graph.encode(), { ...inPlace, observer }), config.hiddenSize)
  }

  /** The reasoner's input at each position: [positions, hidden]. */
  async inputsEmbeds({ ids, latents }: ContextSlice): Promise<Float32Array> {
    const tokens = ids.map((id) => (id === LATENT ? 0 : id))
    const results = await this.#session.run({ ids: int64Tensor(tokens, [tokens.length]) }, ['embeds'])
    const embeds = float32Data(results, 'embeds')
    let latent = 0
    for (const [position, id] of ids.entries()) {
      if (id !== LATENT) continue
      embeds.set(latents.subarray(latent * this.hiddenSize, (latent + 1) * this.hiddenSize), position * this.hiddenSize)
      latent++
    }
    return embeds
  }

  async release(): Promise<void> {
    await this.#session.release()
  }
}

/** `reasoner_to_weaver` or `weaver_to_reasoner`. */
export class LinearProjection {
  readonly #session: GraphSession
  readonly #inSize: number

  private constructor(session: GraphSession, inSize: number) {
    this.#session = session
    this.#inSize = inSize
  }

  static async create({ weight, bias }: LinearTensors, observer?: SessionObserver): Promise<LinearProjection> {
    const [outSize = 0, inSize = 0] = weight.shape
    const graph = new GraphBuilder('projection')
    const x = graph.input('x', 'float32', ['rows', inSize])
    const constant = (name: string, shape: readonly number[], data: Float32Array): Value => graph.float32(name, shape, data)
    graph.output('y', linear(graph, x, constant('weight', [outSize, inSize], weight.data), constant('bias', [outSize], bias.data)))
    return new LinearProjection(await GraphSession.create(graph.encode(), { threads: 1, observer }), inSize)
  }

  /** [rows, in] -> [rows, out]. */
  async apply(x: Float32Array): Promise<Float32Array> {
    const results = await this.#session.run({ x: float32Tensor(x, [x.length / this.#inSize, this.#inSize]) }, ['y'])
    return float32Data(results, 'y')
  }

  async release(): Promise<void> {
    await this.#session.release()
  }
}

export interface ProjectionPair {
  readonly toWeaver: LinearProjection
  readonly toReasoner: LinearProjection
}

/** @param observer gives each of the two sessions its own. @default nobody */
export async function createProjections({ reasonerToWeaver, weaverToReasoner }: Projections, observer?: (computes: 'projection') => SessionObserver): Promise<ProjectionPair> {
  const create = (linear: LinearTensors): Promise<LinearProjection> => LinearProjection.create(linear, observer?.('projection'))
  return { toWeaver: await create(reasonerToWeaver), toReasoner: await create(weaverToReasoner) }
}
