/**
 * @file How alike the latents of a block are, to each other, to what stands before them and to the vocabulary, as embeddings. Nearness
 * in embedding space is all it measures; it claims no meaning.
 */
import type { BlockSimilarity } from '../../../shared/domain/analysis.ts'
import type { MemGenModel } from '../memgen/memgen-model.ts'
import { drawGaussian } from '../memgen/interventions.ts'
import { createStream } from '../memgen/sampling/random-streams.ts'
import { euclideanNorms } from '../memgen/vocabulary.ts'
import type { BlockQuestion, GenerationRecord } from '../protocol.ts'
import type { Tokenizer } from '../tokenization/tokenizer.ts'
import { effectiveRank } from './effective-rank.ts'
import { blockAt, layOutRecord } from './recorded-context.ts'

/** Vocabulary entries listed for each latent. */
const NEAREST_COUNT = 10
/** Directions whose nearest vocabulary entry is the yardstick, and the shares of them that are reported. */
const RANDOM_DIRECTIONS = 64
const RANDOM_QUANTILES = [0.05, 0.5, 0.95]
/** Any fixed seed will do: the yardstick shall not change from one question to the next. */
const RANDOM_SEED = { seed: 0, sampleId: 'random directions', repeat: 0 }

/**
 * Compares the block of `stepIndex`. Query norms are those of the weaver's own queries, of which an edited block may have more or fewer.
 * @param yardstick what `randomNearest` gave for this model
 */
export async function blockSimilarity(
  model: MemGenModel,
  { record, stepIndex }: Pick<BlockQuestion, 'record' | 'stepIndex'>,
  yardstick: readonly number[],
): Promise<BlockSimilarity> {
  const { hiddenSize } = model.config
  const whole = layOutRecord(record, hiddenSize)
  const { start, count } = blockAt(whole, stepIndex)
  const earlier = whole.blocks.reduce((sum, block) => sum + (block.stepIndex < stepIndex ? block.count : 0), 0)
  const latents = whole.latents.subarray(earlier * hiddenSize, (earlier + count) * hiddenSize)
  const context = await model.embeddings.inputsEmbeds({ ids: whole.ids.slice(0, start), latents: whole.latents.subarray(0, earlier * hiddenSize) })
  const nearest = await model.vocabulary.nearest(latents, NEAREST_COUNT)
  const queryNorms = model.memory?.weaver.queryNorms(stepIndex === 0 ? 'prompt' : 'inference') ?? []
  return {
    latents: count,
    between: cosines(latents, latents, hiddenSize),
    effectiveRank: effectiveRank(latents, hiddenSize),
    toContext: cosines(latents, context, hiddenSize),
    context: describeContext(record, stepIndex, model.tokenizer),
    contextNorms: Float32Array.from(euclideanNorms(context, hiddenSize)),
    queryNorms: Float32Array.from(queryNorms),
    randomNearest: [...yardstick],
    nearest: nearest.map((entries) => entries.map((entry) => ({ ...entry, text: model.tokenizer.tokenText(entry.tokenId) }))),
  }
}

/** Quantiles 0.05, 0.5 and 0.95 of the best cosine to the vocabulary that a random direction has: what nearness is worth nothing. */
export async function randomNearest({ config, vocabulary }: MemGenModel): Promise<number[]> {
  const stream = createStream(RANDOM_SEED, 'random directions')
  const directions = Float32Array.from({ length: RANDOM_DIRECTIONS * config.hiddenSize }, () => drawGaussian(stream))
  const best = (await vocabulary.nearest(directions, 1)).map(([entry]) => entry?.cosine ?? 0).sort((a, b) => a - b)
  return RANDOM_QUANTILES.map((quantile) => best[Math.round(quantile * (best.length - 1))] ?? 0)
}

/** Row-major [rows of left, rows of right]; a row of zeros has no direction: cosine 0. */
function cosines(left: Float32Array, right: Float32Array, width: number): Float32Array {
  const [leftNorms, rightNorms] = [euclideanNorms(left, width), euclideanNorms(right, width)]
  const result = new Float32Array(leftNorms.length * rightNorms.length)
  for (const [row, leftNorm] of leftNorms.entries()) {
    for (const [column, rightNorm] of rightNorms.entries()) {
      let product = 0
      for (let index = 0; index < width; index++) product += (left[row * width + index] ?? 0) * (right[column * width + index] ?? 0)
      result[row * rightNorms.length + column] = leftNorm > 0 && rightNorm > 0 ? product / (leftNorm * rightNorm) : 0
    }
  }
  return result
}

/** What stands before the block of `stepIndex`, position by position; a latent has the index of its block's step. */
function describeContext({ promptIds, steps, insertions }: GenerationRecord, stepIndex: number, tokenizer: Tokenizer): BlockSimilarity['context'] {
  const described: BlockSimilarity['context'] = promptIds.map((tokenId, index) => ({ kind: 'prompt', index, text: tokenizer.tokenText(tokenId) }))
  for (const [index, { tokenId }] of steps.slice(0, stepIndex).entries()) {
    const count = insertions.find((insertion) => insertion.stepIndex === index)?.latents.rows ?? 0
    for (let place = 0; place < count; place++) described.push({ kind: 'latent', index, text: String(place) })
    described.push({ kind: 'step', index, text: tokenizer.tokenText(tokenId) })
  }
  return described
}
