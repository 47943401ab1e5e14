/** @file The token that ends a row's step: drawn, appended, and the row finished where it is the last. It records nothing. */
import { contextLength } from '../checkpoint/index.ts'
import { sampleToken } from './sampling/sample-token.ts'
import type { StepEnd } from './step-recorder.ts'

/** @param mostLikely the largest logit's token, where the caller knows it and the choice is greedy */
export function takeNextToken({ model, run, row, logits }: StepEnd, mostLikely?: number): number {
  const tokenId = mostLikely ?? sampleToken(logits, run.sampling(row.augmentationCount), row.ids, row.streams.token)
  row.appendToken(tokenId)
  if (tokenId === model.tokenizer.eosTokenId) row.finish = 'eos'
  else if (row.stepIndex >= run.config.maxNewTokens || row.context.length >= contextLength(model.config)) row.finish = 'length'
  return tokenId
}
