/** @file What one block does to the next token's distribution. It looks no further than the block's own step. */
import type { BlockEffect } from '../../../shared/domain/analysis.ts'
import { divergence } from '../memgen/sampling/distribution.ts'
import type { BlockQuestion } from '../protocol.ts'
import { likeliestTokens } from './likeliest-tokens.ts'
import type { ReadOptions } from './probe.ts'
import type { ProbedModel } from './probed-model.ts'
import { blockAt, layOutRecord } from './recorded-context.ts'

/**
 * The distribution at the block's step with and without it, every earlier block in place. One reading gives both: attention is causal and
 * the block is the last thing before its step's token, so the position before it says what would follow had it never been inserted.
 */
export async function blockEffect(
  { probe, model: { config, tokenizer } }: ProbedModel,
  { record, stepIndex, topK }: Pick<BlockQuestion, 'record' | 'stepIndex'> & { readonly topK: number },
  options: ReadOptions = {},
): Promise<BlockEffect> {
  const context = layOutRecord(record, config.hiddenSize)
  const { start, count } = blockAt(context, stepIndex)
  const logits: Float32Array[] = []
  for await (const row of probe.logitsAt(context, [start - 1, start + count - 1], options)) logits.push(row)
  const [without, withBlock] = logits
  if (without === undefined || withBlock === undefined) throw new Error(`internal: ${logits.length} logits around the block of step ${stepIndex}`)
  return {
    stepIndex,
    kl: divergence(withBlock, without),
    withBlock: likeliestTokens(tokenizer, withBlock, topK),
    withoutBlock: likeliestTokens(tokenizer, without, topK),
  }
}
