/** @file What the reasoner read in a recorded generation, position by position. It runs no model. */
import type { GenerationRecord } from '../protocol.ts'
import { LATENT } from '../runtime/ragged-batch.ts'
import type { ContextSlice } from '../memgen/context.ts'

/** Where the latents of one insertion lie. */
export interface RecordedBlock {
  readonly stepIndex: number
  /** Position of the first latent. */
  readonly start: number
  readonly count: number
}

/** Prompt, tokens and latents in their order; position p holds `ids[p]`, or the next row of `latents` where that is `LATENT`. */
export interface RecordedContext extends ContextSlice {
  readonly blocks: readonly RecordedBlock[]
  /**
   * By step the position whose output is its token's distribution: the one right before the token, which is the block's last
   * latent where one was inserted there. One more entry, for the step to come, ends the list.
   */
  readonly predictors: readonly number[]
}

/** Lays a record out; latents of a step lie before its token. `hiddenSize` is the reasoner's. */
export function layOutRecord({ promptIds, steps, insertions }: GenerationRecord, hiddenSize: number): RecordedContext {
  const ids = [...promptIds]
  const blocks: RecordedBlock[] = []
  const predictors: number[] = []
  const latents = new Float32Array(insertions.reduce((sum, { latents: { data } }) => sum + data.length, 0))
  const byStep = new Map(insertions.map((insertion) => [insertion.stepIndex, insertion.latents]))
  let filled = 0
  for (let stepIndex = 0; stepIndex <= steps.length; stepIndex++) {
    const block = byStep.get(stepIndex)
    if (block !== undefined) {
      if (block.columns !== hiddenSize) throw new Error(`internal: the latents of step ${stepIndex} have ${block.columns} columns, the model ${hiddenSize}`)
      blocks.push({ stepIndex, start: ids.length, count: block.rows })
      for (let row = 0; row < block.rows; row++) ids.push(LATENT)
      latents.set(block.data, filled)
      filled += block.data.length
    }
    predictors.push(ids.length - 1)
    const step = steps[stepIndex]
    if (step !== undefined) ids.push(step.tokenId)
  }
  return { ids, latents, blocks, predictors }
}

/** The block inserted before the token of `stepIndex`. */
export function blockAt({ blocks }: RecordedContext, stepIndex: number): RecordedBlock {
  const block = blocks.find((candidate) => candidate.stepIndex === stepIndex)
  if (block === undefined) throw new Error(`internal: nothing was inserted at step ${stepIndex}`)
  return block
}

/** The position that predicts the token of `stepIndex`. */
export function predictorOf({ predictors }: RecordedContext, stepIndex: number): number {
  const position = predictors[stepIndex]
  if (position === undefined) throw new Error(`internal: the record has no step ${stepIndex}`)
  return position
}

/** The positions of a block's latents, ascending. */
export function positionsOf({ start, count }: RecordedBlock): number[] {
  return Array.from({ length: count }, (_, index) => start + index)
}
