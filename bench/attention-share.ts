/**
 * @file How long attention alone takes over a cache, layer after layer, without projections, norms or anything else of a model: the part of
 * an insertion that has to grow with the context. It knows no rollout.
 */
import type { DecoderConfig } from '../src/main/engine/checkpoint/index.ts'
import { attend, attentionFrame } from '../src/main/engine/decoder/attention.ts'
import { GraphBuilder } from '../src/main/engine/onnx/graph-builder.ts'
import { add } from '../src/main/engine/ops/elementwise.ts'
import { float32Tensor, GraphSession, int64Tensor, type Tensor } from '../src/main/engine/runtime/graph-session.ts'

const PASSES = 5

export class AttentionProbe {
  readonly #session: GraphSession
  readonly #config: DecoderConfig

  private constructor(session: GraphSession, config: DecoderConfig) {
    this.#session = session
    this.#config = config
  }

  /** The graph's own attention over one cache a layer. */
  static async create(config: DecoderConfig, threads: number): Promise<AttentionProbe> {
    const { numHiddenLayers, numAttentionHeads, numKeyValueHeads, headDim } = config
    const graph = new GraphBuilder('attention_share')
    const ids = graph.input('ids', 'int64', ['batch', 'seq'])
    const mask = graph.input('mask', 'float32', ['batch', 1, 'seq', 'past+seq'])
    const query = graph.input('query', 'float32', ['batch', numAttentionHeads, 'seq', headDim])
    const newKey = graph.input('newKey', 'float32', ['batch', numKeyValueHeads, 'seq', headDim])
    const past = (name: string) => graph.input(name, 'float32', ['batch', numKeyValueHeads, 'past', headDim])
    const pasts = Array.from({ length: numHiddenLayers }, (_, layer) => ({ pastKey: past(`key${layer}`), pastValue: past(`value${layer}`) }))
    const frame = attentionFrame(graph, config, ids, mask, pasts[0]?.pastKey)
    const attended = pasts.map((cache) => attend(graph, frame, query, { past: cache, newKey, newValue: newKey }))
    graph.output('y', attended.reduce((sum, each) => add(graph, sum, each)))
    return new AttentionProbe(await GraphSession.create(graph.encode(), { threads }), config)
  }

  /** Milliseconds of attention of `rows` new tokens over a cache of `past` tokens in every layer, the best of five passes. */
  async measure(rows: number, past: number): Promise<number> {
    const feeds = this.#feeds(rows, past)
    let bestMs = Infinity
    for (let pass = 0; pass < PASSES; pass++) {
      const started = performance.now()
      await this.#session.run(feeds, ['y'])
      bestMs = Math.min(bestMs, performance.now() - started)
    }
    return bestMs
  }

  async release(): Promise<void> {
    await this.#session.release()
  }

  /** A cache of its own for each layer, as in a model: together they are larger than the processor's. */
  #feeds(rows: number, past: number): Record<string, Tensor> {
    const { numHiddenLayers, numAttentionHeads, numKeyValueHeads, headDim } = this.#config
    const filled = (...shape: number[]): Tensor => float32Tensor(new Float32Array(shape.reduce((product, size) => product * size, 1)).fill(0.01), shape)
    const feeds: Record<string, Tensor> = {
      ids: int64Tensor(new Array<number>(rows).fill(0), [1, rows]),
      mask: filled(1, 1, rows, past + rows),
      query: filled(1, numAttentionHeads, rows, headDim),
      newKey: filled(1, numKeyValueHeads, rows, headDim),
    }
    for (let layer = 0; layer < numHiddenLayers; layer++) {
      feeds[`key${layer}`] = filled(1, numKeyValueHeads, past, headDim)
      feeds[`value${layer}`] = filled(1, numKeyValueHeads, past, headDim)
    }
    return feeds
  }
}
