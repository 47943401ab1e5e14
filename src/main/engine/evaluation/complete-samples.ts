/** @file Prompts to completions under one run config, latents of other samples included. It judges nothing and keeps nothing. */
import type { LatentRecord } from '../../../shared/domain/compact-record.ts'
import type { Completion } from '../../../shared/domain/completion.ts'
import type { DonorLatents, DonorPositions } from '../../../shared/domain/donor.ts'
import type { RunConfig } from '../../../shared/domain/run-config.ts'
import type { Matrix } from '../../../shared/domain/weave.ts'
import { generateCompletions, type CompletionRequest } from '../memgen/completions.ts'
import type { MemGenModel } from '../memgen/memgen-model.ts'
import type { CompletionSample } from '../protocol.ts'
import { renderPrompt } from '../tokenization/render-prompt.ts'
import { DonorPool } from './donor-pool.ts'

export interface CompleteSamplesOptions {
  readonly config: RunConfig
  readonly samples: readonly CompletionSample[]
  /** Looked at by the intervention `other` alone, where no `donor` is given. @default none */
  readonly donors?: readonly CompletionSample[]
  /** What the intervention `other` injects into every sample. @default each is given those of one of `donors` */
  readonly donor?: DonorLatents
  readonly batchSize: number
  /** Completions carry compact records with these latents. @default no record */
  readonly record?: LatentRecord
  /** [clusters, hidden], looked at by the intervention `drop-cluster` alone. @default none */
  readonly centroids?: Matrix
}

export interface CompletionListener {
  readonly signal: AbortSignal
  onCompletion(completion: Completion): void
}

/** Hands over each completion as soon as it has finished. Throws PromptRejectedError for a config the model cannot follow. */
export async function completeSamples(
  model: MemGenModel,
  { config, samples, donors = [], donor, batchSize, record, centroids }: CompleteSamplesOptions,
  { signal, onCompletion }: CompletionListener,
): Promise<void> {
  const isDonated = config.intervention?.kind === 'other' && donor === undefined
  const pool = isDonated ? await DonorPool.generateOnce(model, config, donors.map((sample) => requestOf(model, sample)), { batchSize, signal }) : null
  const chosen: DonorPositions[] = []
  const requests = samples.map((sample, index): CompletionRequest => {
    const request = { ...requestOf(model, sample), ...(centroids !== undefined && { centroids }), ...(donor !== undefined && { donor }) }
    if (pool === null) return request
    const positions = pool.choose(request)
    chosen[index] = positions
    return { ...request, donor: pool.latentsAt(positions) }
  })
  // A row is named after the sample whose draws it makes; its completion, after its own.
  const onRow = ({ record: kept, ...completion }: Completion, index: number): void => {
    const donated = kept === undefined ? {} : { record: { ...kept, donors: chosen[index] ?? null } }
    onCompletion({ ...completion, ...donated, sampleId: samples[index]?.sampleId ?? completion.sampleId })
  }
  await generateCompletions(model, config, requests, { batchSize, record, signal, onRow })
}

/** What a sample is generated from, before anything is given to it. */
export function requestOf({ tokenizer }: Pick<MemGenModel, 'tokenizer'>, { prompt, sampleId, repeat, policy, drawsAs = sampleId }: CompletionSample): CompletionRequest {
  return { promptIds: tokenizer.encode(renderPrompt(prompt)), sampleId: drawsAs, repeat, ...(policy !== undefined && { policy }) }
}
