/** @file How much the log would grow by at most. It measures nothing and does not know how records are packed. */
import type { EvaluationPlan } from '../../../shared/domain/evaluation.ts'
import type { ModelFacts } from './model-facts.ts'

/** A row of a result and of its turn with their texts of fixed size, and its places in indexes. */
const RESULT_BYTES = 1_024
/** Id, logprob and entropy of a token, its text once in the record and once in the result, and its places asked: 16 numbers at most. */
const TOKEN_BYTES = 64

/** @param maxTurns of the task; each turn may reach the limits */
export function forecastBytes({ config, repeats, latents }: EvaluationPlan, sampleCount: number, maxTurns: number, { memory }: Pick<ModelFacts, 'memory'>): number {
  const turnBytes = RESULT_BYTES + config.maxNewTokens * TOKEN_BYTES + latentBytes(config, latents, memory)
  return sampleCount * repeats * maxTurns * turnBytes
}

function latentBytes({ policy, maxInferenceAugNum, maxNewTokens }: EvaluationPlan['config'], latents: EvaluationPlan['latents'], memory: ModelFacts['memory']): number {
  if (memory === null || latents === 'none' || policy.kind === 'vanilla') return 0
  const widthBytes = latents === 'projected' ? 2 * memory.reasonerHiddenSize : 4 * (memory.reasonerHiddenSize + memory.weaverHiddenSize)
  const inferenceInsertions = policy.kind === 'prompt-only' ? 0 : Math.min(maxNewTokens, mostInsertions(policy, maxInferenceAugNum ?? memory.maxInferenceAugNum))
  return widthBytes * (memory.promptLatentsLen + inferenceInsertions * memory.inferenceLatentsLen)
}

/** Schedules and candidates ignore the limit. */
function mostInsertions(policy: EvaluationPlan['config']['policy'], limit: number): number {
  if (policy.kind === 'schedule') return policy.steps.length
  return policy.kind === 'candidates' ? policy.ordinals.length : limit
}
