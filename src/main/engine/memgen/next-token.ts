/** @file The token that ends a row's step: drawn or forced, appended, and the row finished where it is the last. It records nothing. */
import type { Finish } from '../../../shared/domain/trace.ts'
import { contextLength } from '../checkpoint/index.ts'
import type { MemGenModel } from './memgen-model.ts'
import type { RolloutRow } from './rollout-row.ts'
import { sampleToken, skipDraw } from './sampling/sample-token.ts'
import type { StepEnd } from './step-recorder.ts'

/** @param mostLikely the largest logit's token, where the caller knows it and the choice is greedy */
export function takeNextToken({ model, row, pending: { run }, logits }: StepEnd, mostLikely?: number): number {
  const sampling = run.sampling(row.augmentationCount)
  const forced = row.plan.tokenAt(row.stepIndex)
  if (forced !== null) skipDraw(sampling, row.streams.token)
  const tokenId = forced ?? mostLikely ?? sampleToken(logits, sampling, row.ids, row.streams.token)
  row.appendToken(tokenId)
  row.finish = finishOf(model, row)
  return tokenId
}

/** Why a row takes no further step; null where it can go on. The next step's config counts, which may allow more tokens than the last one's. */
export function finishOf({ tokenizer, config }: MemGenModel, { ids, stepIndex, context, plan }: RolloutRow): Finish | null {
  if (stepIndex > 0 && ids.at(-1) === tokenizer.eosTokenId) return 'eos'
  return stepIndex >= plan.runAt(stepIndex).config.maxNewTokens || context.length >= contextLength(config) ? 'length' : null
}
