/** @file How much attention is paid to latents, by block and along a whole trace. It does not say what the attention is worth. */
import type { LatentAttention } from '../../../shared/domain/analysis.ts'
import type { BlockQuestion, RecordQuestion } from '../protocol.ts'
import type { ReadOptions, ReadPart } from './probe.ts'
import type { ProbedModel } from './probed-model.ts'
import { blockAt, layOutRecord, positionsOf, predictorOf } from './recorded-context.ts'

/**
 * The probability on each latent of one block. The query of a step is the position that predicts its token, so the first, of the
 * block's own step, is the block's last latent, which may look at itself.
 */
export async function attentionToBlock(
  { probe, model: { config } }: ProbedModel,
  { record, stepIndex, maxSteps }: Pick<BlockQuestion, 'record' | 'stepIndex'> & { readonly maxSteps: number },
  options: ReadOptions = {},
): Promise<LatentAttention> {
  const { numHiddenLayers: layers, numAttentionHeads: heads } = config
  const context = layOutRecord(record, config.hiddenSize)
  const latents = positionsOf(blockAt(context, stepIndex))
  // A block whose step has no token yet is asked about that step alone.
  const lastStep = Math.max(stepIndex, Math.min(record.steps.length, stepIndex + maxSteps) - 1)
  const stepIndices = Array.from({ length: lastStep - stepIndex + 1 }, (_, index) => stepIndex + index)
  const mass = new Float32Array(layers * heads * latents.length * stepIndices.length)
  const questions = { end: predictorOf(context, lastStep) + 1, keySets: latents.map((position) => [position]) }
  for await (const part of probe.read(context, questions, options)) {
    for (const [step, query] of queriesIn(part, stepIndices.map((index) => predictorOf(context, index)))) {
      for (let plane = 0; plane < layers * heads; plane++) {
        for (let latent = 0; latent < latents.length; latent++) {
          mass[(plane * latents.length + latent) * stepIndices.length + step] = massAt(part, { plane, query, column: latent, columns: latents.length })
        }
      }
    }
  }
  return { layers, heads, latents: latents.length, stepIndices, mass }
}

/** [steps]: what the position that predicts each step's token pays to all latents up to itself, averaged over layers and heads. */
export async function attentionLane({ probe, model: { config } }: ProbedModel, { record }: Pick<RecordQuestion, 'record'>, options: ReadOptions = {}): Promise<Float32Array> {
  const context = layOutRecord(record, config.hiddenSize)
  const predictors = context.predictors.slice(0, record.steps.length)
  const lane = new Float32Array(predictors.length)
  const latents = context.blocks.flatMap(positionsOf)
  const planes = config.numHiddenLayers * config.numAttentionHeads
  if (latents.length === 0) return lane
  for await (const part of probe.read(context, { end: (predictors.at(-1) ?? -1) + 1, keySets: [latents] }, options)) {
    for (const [step, query] of queriesIn(part, predictors)) {
      let sum = 0
      for (let plane = 0; plane < planes; plane++) sum += massAt(part, { plane, query, column: 0, columns: 1 })
      lane[step] = sum / planes
    }
  }
  return lane
}

/** The queries that lie in a part: their index among all of them, and their place in the part. */
function* queriesIn({ start, end }: ReadPart, positions: readonly number[]): Generator<[number, number]> {
  for (const [index, position] of positions.entries()) if (position >= start && position < end) yield [index, position - start]
}

/** One number of [layers * heads, queries, columns]. */
function massAt({ start, end, attention }: ReadPart, { plane, query, column, columns }: { plane: number; query: number; column: number; columns: number }): number {
  return attention?.[(plane * (end - start) + query) * columns + column] ?? 0
}
