/** @file Prompts to completions under one run config, donors of latents included. It judges nothing and keeps nothing. */
import type { LatentRecord } from '../../../shared/domain/compact-record.ts'
import type { Completion } from '../../../shared/domain/completion.ts'
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
  /** Looked at by the intervention `other` alone. @default none */
  readonly donors?: readonly CompletionSample[]
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
  { config, samples, donors = [], batchSize, record, centroids }: CompleteSamplesOptions,
  { signal, onCompletion }: CompletionListener,
): Promise<void> {
  const toRequest = ({ prompt, sampleId, repeat, policy, drawsAs = sampleId }: CompletionSample): CompletionRequest => {
    const promptIds = model.tokenizer.encode(renderPrompt(prompt))
    return { promptIds, sampleId: drawsAs, repeat, ...(policy === undefined ? {} : { policy }), ...(centroids === undefined ? {} : { centroids }) }
  }
  const pool = config.intervention?.kind === 'other' ? await DonorPool.generate(model, config, donors.map(toRequest), { batchSize, signal }) : null
  const requests = samples.map((sample) => {
    const request = toRequest(sample)
    return pool === null ? request : { ...request, donor: pool.donorOf(request) }
  })
  // A row is named after the sample whose draws it makes; its completion, after its own.
  const onRow = (completion: Completion, index: number): void => {
    onCompletion({ ...completion, sampleId: samples[index]?.sampleId ?? completion.sampleId })
  }
  await generateCompletions(model, config, requests, { batchSize, record, signal, onRow })
}
