/**
 * @file A run config with the checkpoint's own values filled in, and prompts that it can be run on. It starts nothing.
 */
import type { RunConfig } from '../../../shared/domain/run-config.ts'
import type { SamplingConfig } from '../../../shared/domain/sampling.ts'
import { contextLength, type MemGenVariant } from '../checkpoint/index.ts'
import type { MemGenModel } from './memgen-model.ts'
import type { RowRequest } from './rollout-row.ts'

/** What Hugging Face's generate samples with when the reference hands it the tail (docs/REFERENCE.md 3.5). */
const REFERENCE_TAIL: SamplingConfig = { doSample: true, temperature: 1, topK: 50, topP: 1, minP: 0, repetitionPenalty: 1 }

export interface ResolvedRun {
  readonly config: RunConfig
  readonly variant: MemGenVariant
  readonly maxInferenceAugNum: number
  /** Whether a trained trigger answers; otherwise the constant does. */
  readonly triggerActive: boolean
  /** How a row with this many insertions draws its next token. */
  sampling(augmentationCount: number): SamplingConfig
  /** The reasoner's embedding of the intervention's pause token, [hidden]. */
  pauseEmbedding(): Promise<Float32Array>
}

/** The prompt cannot be generated from with this model and config. */
export class PromptRejectedError extends Error {
  readonly promptLength: number | null
  readonly limit: number | null

  constructor(message: string, promptLength: number | null = null, limit: number | null = null) {
    super(message)
    this.name = 'PromptRejectedError'
    this.promptLength = promptLength
    this.limit = limit
  }
}

/** Throws PromptRejectedError for a config the model cannot follow. */
export function resolveRun(model: MemGenModel, config: RunConfig): ResolvedRun {
  const { memory } = model
  if (memory === undefined && config.policy.kind !== 'vanilla') {
    throw new PromptRejectedError(`The policy ${config.policy.kind} needs a MemGen checkpoint, and this is a base model alone: use the policy vanilla.`)
  }
  const triggerActive = config.triggerActive ?? memory?.checkpoint.triggerActive ?? false
  if (triggerActive && config.triggerActive === true && memory?.trigger === undefined) {
    throw new PromptRejectedError('An active trigger was asked for, and this checkpoint has only the constant one.')
  }
  const maxInferenceAugNum = config.maxInferenceAugNum ?? memory?.checkpoint.maxInferenceAugNum ?? 0
  return {
    config,
    variant: memory?.checkpoint.variant ?? 'memgen',
    maxInferenceAugNum,
    triggerActive: triggerActive && memory?.trigger !== undefined,
    sampling: (augmentationCount) =>
      config.referenceTail && config.sampling.doSample && augmentationCount >= maxInferenceAugNum ? REFERENCE_TAIL : config.sampling,
    pauseEmbedding: pauseEmbedding(model, config),
  }
}

/** Throws PromptRejectedError for a row that cannot be generated under this config: its prompt is empty or too long, or it lacks a donor. */
export function checkRequest(model: MemGenModel, { intervention }: RunConfig, request: Pick<RowRequest, 'promptIds' | 'donor'>): void {
  checkPrompt(model, request)
  if (intervention?.kind === 'other' && request.donor === undefined) {
    throw new PromptRejectedError('The intervention other needs the latents of another sample, and none were given.')
  }
}

/** Reads the embedding at most once; the token is looked up at once, so that a wrong one is told before anything runs. */
function pauseEmbedding({ tokenizer, embeddings, config: { vocabSize } }: MemGenModel, { intervention }: RunConfig): () => Promise<Float32Array> {
  if (intervention?.kind !== 'pause') return () => Promise.reject(new Error('internal: a pause token without that intervention'))
  const { token } = intervention
  const ids = typeof token === 'number' ? [token] : tokenizer.encode(token)
  const [id] = ids
  if (id === undefined || ids.length > 1) throw new PromptRejectedError(`The pause token ${JSON.stringify(token)} is ${ids.length} tokens here; expected one.`)
  if (id >= vocabSize) throw new PromptRejectedError(`The pause token ${id} is outside the model's vocabulary of ${vocabSize}.`)
  let embedding: Promise<Float32Array> | undefined
  return () => (embedding ??= embeddings.inputsEmbeds({ ids: [id], latents: new Float32Array(0) }))
}

function checkPrompt({ config, memory }: MemGenModel, { promptIds }: Pick<RowRequest, 'promptIds'>): void {
  if (promptIds.length === 0) throw new PromptRejectedError('The prompt is empty.', 0)
  const positions = contextLength(config)
  const limit = positions - (memory?.checkpoint.promptLatentsLen ?? 0)
  if (promptIds.length >= limit) {
    throw new PromptRejectedError(
      `The prompt has ${promptIds.length} tokens; this model reads ${positions} positions, of which prompt latents take ${positions - limit}.`,
      promptIds.length,
      limit,
    )
  }
  const foreign = promptIds.find((id) => id < 0 || id >= config.vocabSize)
  if (foreign !== undefined) {
    throw new PromptRejectedError(`The tokenizer gave token ${foreign}, and the model's vocabulary has ${config.vocabSize}: they do not belong together.`)
  }
}
