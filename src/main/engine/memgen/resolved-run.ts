/**
 * @file A run config with the checkpoint's own values filled in, and prompts that it can be run on. It starts nothing.
 */
import type { LatentEdit } from '../../../shared/domain/branch.ts'
import type { MemoryPolicy } from '../../../shared/domain/memory-policy.ts'
import type { RunConfig } from '../../../shared/domain/run-config.ts'
import type { SamplingConfig } from '../../../shared/domain/sampling.ts'
import type { Matrix } from '../../../shared/domain/weave.ts'
import { contextLength, type MemGenVariant } from '../checkpoint/index.ts'
import type { DelimiterGate } from '../tokenization/delimiter-gate.ts'
import { editedCount, type ResolvedEdit } from './latent-edits.ts'
import type { MemGenModel } from './memgen-model.ts'
import type { RowRequest } from './row-request.ts'

/** What Hugging Face's generate samples with when the reference hands it the tail (docs/REFERENCE.md 3.5). */
const REFERENCE_TAIL: SamplingConfig = { doSample: true, temperature: 1, topK: 50, topP: 1, minP: 0, repetitionPenalty: 1 }

export interface ResolvedRun {
  readonly config: RunConfig
  readonly variant: MemGenVariant
  readonly maxInferenceAugNum: number
  /** Whether a trained trigger answers; otherwise the constant does. */
  readonly triggerActive: boolean
  readonly gate: DelimiterGate
  /** The config's intervention. */
  readonly edit: ResolvedEdit | null
  /** How a row with this many insertions draws its next token. */
  sampling(augmentationCount: number): SamplingConfig
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
  checkPolicy(model, config.policy)
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
    gate: model.gate(config.gate),
    edit: config.intervention && resolveEdit(model, config.intervention, null),
    sampling: (augmentationCount) =>
      config.referenceTail && config.sampling.doSample && augmentationCount >= maxInferenceAugNum ? REFERENCE_TAIL : config.sampling,
  }
}

/** The same run with another policy. Throws PromptRejectedError. */
export function withPolicy(model: MemGenModel, run: ResolvedRun, policy: MemoryPolicy): ResolvedRun {
  checkPolicy(model, policy)
  return { ...run, config: { ...run.config, policy } }
}

/**
 * An edit made ready; `block` is what it is done to, null where it is done to every insertion.
 * @throws PromptRejectedError when this model has no such token, latents or number of latents
 */
export function resolveEdit(model: MemGenModel, edit: LatentEdit, block: { latents: Matrix | null; count: number } | null): ResolvedEdit {
  const resolved = { edit, swapped: edit.kind === 'swap' ? swappedLatents(model, block?.latents ?? null) : null, pauseEmbedding: pauseEmbedding(model, edit) }
  if (edit.kind !== 'drop' || block === null) return resolved
  const missing = edit.latents.find((latent) => latent >= block.count)
  if (missing !== undefined) throw new PromptRejectedError(`Latent ${missing} cannot be dropped: the block has ${block.count}, counted from 0.`)
  if (editedCount(resolved, block.count, model.config.hiddenSize) === 0) {
    throw new PromptRejectedError('Every latent of the block was dropped: decline the insertion instead.')
  }
  return resolved
}

function swappedLatents({ config: { hiddenSize } }: MemGenModel, latents: Matrix | null): Float32Array {
  if (latents === null) throw new Error('internal: a swap without the other latents')
  if (latents.rows === 0 || latents.columns !== hiddenSize) {
    throw new PromptRejectedError(`The other block has ${latents.rows} latents of ${latents.columns} numbers; this model reads latents of ${hiddenSize}.`)
  }
  return latents.data
}

function checkPolicy({ memory }: MemGenModel, { kind }: MemoryPolicy): void {
  if (memory === undefined && kind !== 'vanilla') {
    throw new PromptRejectedError(`The policy ${kind} needs a MemGen checkpoint, and this is a base model alone: use the policy vanilla.`)
  }
}

/** Reads the embedding at most once; the token is looked up at once, so that a wrong one is told before anything runs. */
function pauseEmbedding({ tokenizer, embeddings, config: { vocabSize } }: MemGenModel, edit: LatentEdit): () => Promise<Float32Array> {
  if (edit.kind !== 'pause') return () => Promise.reject(new Error('internal: a pause token without that intervention'))
  const { token } = edit
  const ids = typeof token === 'number' ? [token] : tokenizer.encode(token)
  const [id] = ids
  if (id === undefined || ids.length > 1) throw new PromptRejectedError(`The pause token ${JSON.stringify(token)} is ${ids.length} tokens here; expected one.`)
  if (id >= vocabSize) throw new PromptRejectedError(`The pause token ${id} is outside the model's vocabulary of ${vocabSize}.`)
  let embedding: Promise<Float32Array> | undefined
  return () => (embedding ??= embeddings.inputsEmbeds({ ids: [id], latents: new Float32Array(0) }))
}

/** Throws PromptRejectedError for a prompt that is empty, too long or of another vocabulary. */
export function checkPrompt({ config, memory }: MemGenModel, { promptIds }: Pick<RowRequest, 'promptIds'>): void {
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
