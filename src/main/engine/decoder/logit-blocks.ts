/**
 * @file What a softmax needs of logits, folded over blocks of the vocabulary beside the head, where it costs a tenth of a pass
 * in JavaScript. It does not know what is made of it.
 *
 * Blocks instead of whole rows, because float32 sums of 150,000 numbers are off by 1e-5, and because the largest logits are
 * then looked for in a few blocks. TopK is no help: ONNX Runtime's divides by zero where no logits are wanted.
 */
import type { GraphBuilder } from '../onnx/graph-builder.ts'
import { dimAt, type Value } from '../onnx/value.ts'
import { exponential, multiply, subtract } from '../ops/elementwise.ts'
import { reshape } from '../ops/layout.ts'
import { lastMax, lastSum } from '../ops/reduction.ts'

/** Of the logits that follow one token; each [blocks] float32. A logit that is not finite makes its block's `weightedGap` so too. */
export interface LogitBlocks {
  /** Largest logit of the block. */
  readonly max: Float32Array
  /** Sum of e^(logit - max). */
  readonly weight: Float32Array
  /** Sum of e^(logit - max) (logit - max). */
  readonly weightedGap: Float32Array
}

export const logitBlockNames = { max: 'logit_blocks.max', weight: 'logit_blocks.weight', weightedGap: 'logit_blocks.weighted_gap' } as const

/** Adds the outputs of `logitBlockNames`, [rows, blocks, 1], for logits [rows, vocab]. */
export function outputLogitBlocks(graph: GraphBuilder, logits: Value, vocabSize: number): void {
  const blockLength = chooseBlockLength(vocabSize)
  const blockCount = vocabSize / blockLength
  // A 0 keeps the length that the axis has, which may be 0 itself.
  const blocks = reshape(graph, logits, graph.int64('blocks', [0, blockCount, blockLength]), [dimAt(logits, 0), blockCount, blockLength])
  const max = lastMax(graph, blocks)
  const gap = subtract(graph, blocks, max)
  const weight = exponential(graph, gap)
  graph.output(logitBlockNames.max, max)
  graph.output(logitBlockNames.weight, lastSum(graph, weight))
  graph.output(logitBlockNames.weightedGap, lastSum(graph, multiply(graph, weight, gap)))
}

/** Short enough for exact sums, long enough that few blocks are left; the whole vocabulary where no such length divides it. */
function chooseBlockLength(vocabSize: number): number {
  for (let length = 512; length >= 32; length--) if (vocabSize % length === 0) return length
  return vocabSize
}
