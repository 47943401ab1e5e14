/** @file The graph folds logits as its definition says, also none at all, and hides no logit that is not finite. */
import { expect, test } from 'vitest'
import { GraphBuilder } from '../onnx/graph-builder.ts'
import { float32Data, float32Tensor, GraphSession, type Tensors } from '../runtime/graph-session.ts'
import { logitBlockNames, outputLogitBlocks } from './logit-blocks.ts'

/** Float32 sums of up to 512 numbers below 1. */
const TOLERANCE = 1e-4
const { max: maxName, weight: weightName, weightedGap: gapName } = logitBlockNames

async function fold(logits: Float32Array, vocabSize: number): Promise<Tensors> {
  const graph = new GraphBuilder('test')
  outputLogitBlocks(graph, graph.input('logits', 'float32', ['rows', vocabSize]), vocabSize)
  const session = await GraphSession.create(graph.encode(), { threads: 1 })
  const results = await session.run({ logits: float32Tensor(logits, [logits.length / vocabSize, vocabSize]) }, [maxName, weightName, gapName])
  await session.release()
  return results
}

test.each([
  { what: 'two blocks a row', vocabSize: 1024, blockCount: 2 },
  { what: 'a vocabulary that no block length divides', vocabSize: 1009, blockCount: 1 },
  { what: 'a vocabulary smaller than a block', vocabSize: 20, blockCount: 1 },
])('$what: each is folded to its largest logit and the sums relative to it', async ({ vocabSize, blockCount }) => {
  const logits = Float32Array.from({ length: 3 * vocabSize }, (_, index) => 5 * Math.sin(index * index))
  const results = await fold(logits, vocabSize)
  const [max, weight, weightedGap] = [maxName, weightName, gapName].map((name) => float32Data(results, name))
  const length = vocabSize / blockCount
  expect(max).toHaveLength(3 * blockCount)
  for (let block = 0; block < 3 * blockCount; block++) {
    const values = [...logits.subarray(block * length, (block + 1) * length)]
    const gaps = values.map((logit) => logit - Math.max(...values))
    expect(max?.[block]).toBe(Math.max(...values))
    expect(Math.abs((weight?.[block] ?? NaN) - gaps.reduce((sum, gap) => sum + Math.exp(gap), 0))).toBeLessThan(TOLERANCE)
    expect(Math.abs((weightedGap?.[block] ?? NaN) - gaps.reduce((sum, gap) => sum + Math.exp(gap) * gap, 0))).toBeLessThan(TOLERANCE)
  }
})

test('no logits at all can be folded: a graph computes every output, wanted or not', async () => {
  await expect(fold(new Float32Array(0), 1024)).resolves.toBeDefined()
})

test.each([NaN, Infinity, -Infinity])('a logit of %s shows in its block', async (value) => {
  for (const place of [0, 700, 1023]) {
    const logits = new Float32Array(1024).fill(0.5)
    logits[place] = value
    expect(float32Data(await fold(logits, 1024), gapName)[Math.floor(place / 512)]).not.toSatisfy(Number.isFinite)
  }
})
