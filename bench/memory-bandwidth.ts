/** @file This machine's best rate of reading weights: one prepacked product over 1 GiB, as a decoder reads its own. */
import { GraphBuilder } from '../src/main/engine/onnx/graph-builder.ts'
import { matMul } from '../src/main/engine/ops/matrix.ts'
import { float32Tensor, GraphSession } from '../src/main/engine/runtime/graph-session.ts'

const ROWS = 8192
const COLUMNS = 32768
const PASSES = 5

export class BandwidthProbe {
  readonly #session: GraphSession

  private constructor(session: GraphSession) {
    this.#session = session
  }

  static async create(threads: number): Promise<BandwidthProbe> {
    const graph = new GraphBuilder('bandwidth')
    const x = graph.input('x', 'float32', [1, ROWS])
    graph.output('y', matMul(graph, x, graph.float32('weight', [ROWS, COLUMNS], new Float32Array(ROWS * COLUMNS).fill(0.01))))
    return new BandwidthProbe(await GraphSession.create(graph.encode(), { threads }))
  }

  /** Bytes per second, the best of five passes. */
  async measure(): Promise<number> {
    const feeds = { x: float32Tensor(new Float32Array(ROWS).fill(1), [1, ROWS]) }
    let bestMs = Infinity
    for (let pass = 0; pass < PASSES; pass++) {
      const started = performance.now()
      await this.#session.run(feeds, ['y'])
      bestMs = Math.min(bestMs, performance.now() - started)
    }
    return (ROWS * COLUMNS * 4) / (bestMs / 1000)
  }

  async release(): Promise<void> {
    await this.#session.release()
  }
}
