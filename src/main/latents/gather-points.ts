/** @file The latents of a selection of runs as points: one a block or one a latent, drawn evenly where there are many. It computes no layout. */
import { setImmediate } from 'node:timers/promises'
import type { EvaluationRun } from '../../shared/domain/evaluation.ts'
import type { LatentSelection } from '../../shared/domain/latent-lab.ts'
import type { Matrix } from '../../shared/domain/weave.ts'
import { EvaluationNotFoundError, type EvaluationLog, type LatentBlock } from '../log/index.ts'
import { EvenDraw } from './even-draw.ts'
import { LatentsUnavailableError } from './errors.ts'

/** Where a point comes from. */
export interface PointOrigin extends Pick<LatentBlock, 'sampleId' | 'repeat' | 'turn' | 'stepIndex' | 'kind' | 'reward' | 'human'> {
  readonly run: EvaluationRun
  /** Within its block; -1 where the point is the block. */
  readonly latent: number
}

export interface GatheredPoints {
  readonly runs: readonly EvaluationRun[]
  /** [points, hidden] float32 */
  readonly points: Matrix & { readonly data: Float32Array<ArrayBuffer> }
  readonly origins: readonly PointOrigin[]
  /** Points of the selection, of which these were drawn. */
  readonly totalCount: number
}

/** Blocks read before whoever else waits for this process gets a turn. */
const BLOCKS_PER_SLICE = 500

/**
 * In the order of runs and of their results; the same selection gives the same points.
 * @throws EvaluationNotFoundError
 * @throws LatentsUnavailableError where nothing was recorded, or runs have latents of different sizes
 */
export async function gatherPoints(log: Pick<EvaluationLog, 'getRun' | 'latentsOf'>, selection: LatentSelection, { signal }: { signal?: AbortSignal | undefined } = {}): Promise<GatheredPoints> {
  const draw = new EvenDraw<{ origin: PointOrigin; values: Float32Array }>(selection.maxPoints)
  const runs: EvaluationRun[] = []
  let columns: number | null = null
  let blockCount = 0
  for (const runId of selection.runIds) {
    const run = await log.getRun(runId)
    if (run === undefined) throw new EvaluationNotFoundError(runId)
    runs.push(run)
    for await (const block of log.latentsOf(runId, selection.side)) {
      if (++blockCount % BLOCKS_PER_SLICE === 0) await setImmediate()
      signal?.throwIfAborted()
      if (block.latents.rows === 0 || (selection.kind !== null && block.kind !== selection.kind)) continue
      columns ??= block.latents.columns
      if (block.latents.columns !== columns) {
        throw new LatentsUnavailableError('different-sizes', `The latents of ${run.modelName} have ${block.latents.columns} numbers, those before them ${columns}: choose runs of models with the same hidden size.`)
      }
      for (const point of pointsOf(block, run, selection.unit)) draw.offer(point)
    }
  }
  const drawn = draw.take()
  if (columns === null || drawn.length === 0) {
    const what = selection.side === 'woven' ? "the weaver's hidden states" : 'latents'
    throw new LatentsUnavailableError('none-recorded', `None of these runs kept ${what}${selection.kind === null ? '' : ` of ${selection.kind} insertions`}.`)
  }
  const data = new Float32Array(drawn.length * columns)
  for (const [i, { values }] of drawn.entries()) data.set(values, i * columns)
  return { runs, points: { rows: drawn.length, columns, data }, origins: drawn.map(({ origin }) => origin), totalCount: draw.offered }
}

function pointsOf({ latents, ...rest }: LatentBlock, run: EvaluationRun, unit: LatentSelection['unit']): { origin: PointOrigin; values: Float32Array }[] {
  if (unit === 'block') return [{ origin: { ...rest, run, latent: -1 }, values: meanOf(latents) }]
  return Array.from({ length: latents.rows }, (_, latent) => ({
    origin: { ...rest, run, latent },
    values: latents.data.slice(latent * latents.columns, (latent + 1) * latents.columns),
  }))
}

/** Of the K latents of a block, [hidden]; the paper's point (Appendix G). */
function meanOf({ rows, columns, data }: Matrix): Float32Array {
  const mean = new Float64Array(columns)
  for (let row = 0; row < rows; row++) for (let d = 0; d < columns; d++) mean[d]! += data[row * columns + d]!
  return Float32Array.from(mean, (sum) => sum / rows)
}
