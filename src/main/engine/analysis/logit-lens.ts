/** @file The reasoner's head read behind every layer at the latents of a block. It claims no meaning for what it finds. */
import type { LogitLens } from '../../../shared/domain/analysis.ts'
import type { TokenCandidate } from '../../../shared/domain/step.ts'
import type { BlockQuestion } from '../protocol.ts'
import { likeliestTokens } from './likeliest-tokens.ts'
import type { ReadOptions } from './probe.ts'
import type { ProbedModel } from './probed-model.ts'
import { blockAt, layOutRecord, positionsOf } from './recorded-context.ts'

/** The likeliest tokens of each latent and layer; the last layer of the last latent is what the step's token was drawn from. */
export async function logitLens(
  { probe, model: { config, tokenizer } }: ProbedModel,
  { record, stepIndex, topK }: Pick<BlockQuestion, 'record' | 'stepIndex'> & { readonly topK: number },
  options: ReadOptions = {},
): Promise<LogitLens> {
  const context = layOutRecord(record, config.hiddenSize)
  const block = blockAt(context, stepIndex)
  const entries: TokenCandidate[][][] = []
  for await (const { lens } of probe.read(context, { end: block.start + block.count, lensAt: positionsOf(block) }, options)) {
    for (const layers of lens) entries.push(layers.map((logits) => likeliestTokens(tokenizer, logits, topK)))
  }
  return { layers: config.numHiddenLayers + 1, entries }
}
