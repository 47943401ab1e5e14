/** @file Latents of whole runs laid out on a plane. It does not know how points are drawn on a screen. */
import type { LatentPoints, ProjectionRequest } from '../../shared/domain/latent-lab.ts'
import type { EvaluationLog } from '../log/index.ts'
import { squaredDistance } from '../statistics/index.ts'
import { LatentsUnavailableError } from './errors.ts'
import { gatherPoints, type GatheredPoints } from './gather-points.ts'
import { IndexedList } from './indexed-list.ts'
import type { LayoutResult } from './latent-job.ts'
import { startJob } from './start-job.ts'

export type ProjectionMessage = { kind: 'progress'; fraction: number } | { kind: 'points'; points: LatentPoints }

/** Fewer have neither neighbours nor a plane. */
const MIN_POINTS = 3

/**
 * @throws EvaluationNotFoundError
 * @throws LatentsUnavailableError
 */
export async function* projectLatents(
  log: Pick<EvaluationLog, 'getRun' | 'latentsOf'>,
  { selection, method, seed, neighbors, minDist }: ProjectionRequest,
  options: { signal?: AbortSignal | undefined } = {},
): AsyncGenerator<ProjectionMessage, void, undefined> {
  const gathered = await gatherPoints(log, selection, options)
  const { points } = gathered
  if (points.rows < MIN_POINTS) throw new LatentsUnavailableError('too-few', `${points.rows} of these latents are too few to lay out: at least ${MIN_POINTS} are needed.`)
  const norms = normsOf(gathered)
  const job = method === 'pca' ? ({ kind: 'pca', points } as const) : ({ kind: 'umap', points, seed, neighbors, minDist } as const)
  for await (const message of startJob(job, options)) {
    if (message.kind === 'progress') yield message
    if (message.kind === 'layout') yield { kind: 'points', points: columnsOf(gathered, norms, message) }
  }
}

/** L2 norm of each point, [points]; asked before the points move to another thread. */
function normsOf({ points: { rows, columns, data } }: GatheredPoints): Float32Array<ArrayBuffer> {
  const origin = new Float32Array(columns)
  return Float32Array.from({ length: rows }, (_, row) => Math.sqrt(squaredDistance(data, row * columns, origin, 0, columns)))
}

function columnsOf({ points, origins, totalCount }: GatheredPoints, norm: Float32Array<ArrayBuffer>, { x, y, explainedVariance }: LayoutResult): LatentPoints {
  const [runIds, sampleIds, tasks] = [new IndexedList<LatentPoints['runIds'][number]>(), new IndexedList<string>(), new IndexedList<string>()]
  return {
    x,
    y,
    run: Int32Array.from(origins, ({ run }) => runIds.indexOf(run.id)),
    runIds: runIds.items,
    sample: Int32Array.from(origins, ({ sampleId }) => sampleIds.indexOf(sampleId)),
    sampleIds: sampleIds.items,
    repeat: Int32Array.from(origins, ({ repeat }) => repeat),
    turn: Int32Array.from(origins, ({ turn }) => turn),
    stepIndex: Int32Array.from(origins, ({ stepIndex }) => stepIndex),
    kind: Int32Array.from(origins, ({ kind }) => (kind === 'prompt' ? 0 : 1)),
    latent: Int32Array.from(origins, ({ latent }) => latent),
    task: Int32Array.from(origins, ({ run }) => tasks.indexOf(run.plan.task.name)),
    tasks: tasks.items,
    reward: Float32Array.from(origins, ({ reward }) => reward ?? Number.NaN),
    norm,
    totalCount,
    explainedVariance,
    hiddenSize: points.columns,
  }
}
