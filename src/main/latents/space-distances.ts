/** @file How far inserted latents lie from the text around them (the paper's Table 11). It computes no embedding itself. */
import type { EvaluationRunId } from '../../shared/domain/experiment-ids.ts'
import type { ModelId } from '../../shared/domain/identifiers.ts'
import type { LatentSelection, SpaceDistances } from '../../shared/domain/latent-lab.ts'
import type { Prompt } from '../../shared/domain/trace.ts'
import type { Matrix } from '../../shared/domain/weave.ts'
import type { EngineHost } from '../engine-host/index.ts'
import type { EvaluationLog } from '../log/index.ts'
import { squaredDistance } from '../statistics/index.ts'
import { LatentsUnavailableError } from './errors.ts'
import { gatherPoints } from './gather-points.ts'
import { onlyModelOf, type RequireModel } from './only-model.ts'

export interface DistanceParts {
  readonly log: Pick<EvaluationLog, 'getRun' | 'latentsOf' | 'samplesOf' | 'turnsOf'>
  readonly engine: Pick<EngineHost, 'call'>
  readonly requireModel: RequireModel
}

/** Token lists that travel to the engine at once. */
const LISTS_PER_CALL = 200

/**
 * Euclidean distances between three centres in the reasoner's embedding space: of the inserted latents; of the prompts, each the mean
 * of its tokens' embeddings; of the generated text likewise. Texts are those of the samples that have a latent among the points, a
 * sample's prompt that of its first turn. Latents are looked at as they were injected, whatever side was selected.
 * @throws EvaluationNotFoundError
 * @throws LatentsUnavailableError also where runs have several models
 */
export async function spaceDistances({ log, engine, requireModel }: DistanceParts, selection: LatentSelection, options: { signal?: AbortSignal | undefined } = {}): Promise<SpaceDistances> {
  const { runs, points, origins } = await gatherPoints(log, { ...selection, side: 'projected' }, options)
  const modelId = onlyModelOf(runs)
  if (modelId === null) throw new LatentsUnavailableError('different-sizes', 'These runs have several models, and each has an embedding space of its own: choose runs of one.')
  await requireModel(modelId)
  const samplesOfRun = Map.groupBy(origins, ({ run }) => run.id)
  const prompts = new Map<string, Prompt>()
  const trajectories: Int32Array[] = []
  for (const { id, datasetId } of runs) {
    const sampleIds = new Set(samplesOfRun.get(id)?.map(({ sampleId }) => sampleId))
    const samples = datasetId === null ? [] : await log.samplesOf(datasetId)
    for (const sample of samples) if (sampleIds.has(sample.id)) prompts.set(`${datasetId} ${sample.id}`, sample.prompt)
    trajectories.push(...(await generatedTokens(log, id, sampleIds)))
  }
  const contexts: Int32Array[] = []
  for (const prompt of prompts.values()) contexts.push(await promptTokens(engine, modelId, prompt, options))
  const context = centreOf(await embeddingMeans(engine, modelId, contexts, options))
  const trajectory = centreOf(await embeddingMeans(engine, modelId, trajectories, options))
  const inserted = centreOf([points])
  return {
    contextToInserted: distanceBetween(context, inserted),
    contextToTrajectory: distanceBetween(context, trajectory),
    insertedToTrajectory: distanceBetween(inserted, trajectory),
    sampleCount: prompts.size,
  }
}

async function generatedTokens(log: DistanceParts['log'], runId: EvaluationRunId, sampleIds: ReadonlySet<string>): Promise<Int32Array[]> {
  const lists: Int32Array[] = []
  for await (const { sampleId, record } of log.turnsOf(runId)) if (sampleIds.has(sampleId) && record.tokenIds.length > 0) lists.push(record.tokenIds)
  return lists
}

async function promptTokens(engine: DistanceParts['engine'], modelId: ModelId, prompt: Prompt, options: { signal?: AbortSignal | undefined }): Promise<Int32Array> {
  const { promptTokens: tokens } = await engine.call('preview', { modelId, prompt }, options)
  return Int32Array.from(tokens, ({ tokenId }) => tokenId)
}

async function embeddingMeans(engine: DistanceParts['engine'], modelId: ModelId, lists: readonly Int32Array[], options: { signal?: AbortSignal | undefined }): Promise<Matrix[]> {
  const means: Matrix[] = []
  for (let start = 0; start < lists.length; start += LISTS_PER_CALL) {
    means.push(await engine.call('embeddingMeans', { modelId, tokenIds: lists.slice(start, start + LISTS_PER_CALL) }, options))
  }
  return means
}

/** The mean row of all matrices, [hidden]. */
function centreOf(matrices: readonly Matrix[]): Float64Array {
  const centre = new Float64Array(matrices[0]?.columns ?? 0)
  const rows = matrices.reduce((sum, matrix) => sum + matrix.rows, 0)
  for (const matrix of matrices) for (let i = 0; i < matrix.data.length; i++) centre[i % matrix.columns]! += matrix.data[i]! / rows
  return centre
}

function distanceBetween(left: Float64Array, right: Float64Array): number {
  return Math.sqrt(squaredDistance(left, 0, right, 0, left.length))
}
