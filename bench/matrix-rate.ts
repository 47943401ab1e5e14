/** @file This machine's rate of large float32 matrix products through ONNX Runtime: the roof of reading prompts. It knows no model. */
import { GraphBuilder } from '../src/main/engine/onnx/graph-builder.ts'
import { matMul } from '../src/main/engine/ops/matrix.ts'
import { float32Tensor, GraphSession } from '../src/main/engine/runtime/graph-session.ts'

/** Larger than any cache, and wide enough that packing the left factor costs nothing. */
const ROWS = 1024
const INNER = 4096
const COLUMNS = 4096
const PASSES = 3

export class MatrixProbe {
  readonly #session: GraphSession

  private constructor(session: GraphSession) {
    this.#session = session
  }

  static async create(threads: number): Promise<MatrixProbe> {
    const graph = new GraphBuilder('matrix_rate')
    const x = graph.input('x', 'float32', [ROWS, INNER])
    graph.output('y', matMul(graph, x, graph.float32('weight', [INNER, COLUMNS], new Float32Array(INNER * COLUMNS).fill(0.01))))
    return new MatrixProbe(await GraphSession.create(graph.encode(), { threads }))
  }

  /** Multiplications and additions a second, the best of three passes. */
  async measure(): Promise<number> {
    const feeds = { x: float32Tensor(new Float32Array(ROWS * INNER).fill(1), [ROWS, INNER]) }
    let bestMs = Infinity
    for (let pass = 0; pass < PASSES; pass++) {
      const started = performance.now()
      await this.#session.run(feeds, ['y'])
      bestMs = Math.min(bestMs, performance.now() - started)
    }
    return (2 * ROWS * INNER * COLUMNS) / (bestMs / 1000)
  }

  async release(): Promise<void> {
    await this.#session.release()
  }
}
