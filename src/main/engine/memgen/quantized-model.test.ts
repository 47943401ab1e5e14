/** @file A model with quantised weights generates, stays near its float32 self, and all of its parts read the same weights. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dequantizedMatrix } from '../../../../test/support/dequantized-matrix.ts'
import { config, finish, goldenLocation, loadModel, request } from '../../../../test/support/golden-model.ts'
import { Probe } from '../analysis/probe.ts'
import { EMBEDDINGS } from '../decoder/decoder-graph.ts'
import { MemGenModel } from './memgen-model.ts'
import { Rollout } from './rollout.ts'
import { euclideanNorms } from './vocabulary.ts'

/** Cosine of the demo model's next-token logits to those in float32, at least; measured: 0.99999 and 0.9992. */
const LOWEST_COSINE = { q8: 0.9999, q4: 0.998 } as const
/** Of the logits' root mean square. Measured as none with AVX-512; elsewhere rows together may take another kernel than a row alone. */
const BATCH_TOLERANCE = 0.01
const DEMO = { reasonerDir: new URL('../../../../resources/demo-model/base', import.meta.url).pathname }
const PROMPT = 'Tom has 3 apples, and finds two. How many are there?'

let exact: MemGenModel
beforeAll(async () => {
  exact = await loadModel(DEMO)
})
afterAll(() => exact.release())

describe.each(['q8', 'q4'] as const)('%s', (precision) => {
  let model: MemGenModel
  beforeAll(async () => {
    model = await MemGenModel.load(goldenLocation('qwen2'), { device: 'cpu', precision, threads: 1 })
  })
  afterAll(() => model.release())

  test('says so of itself, and generates with insertions', async () => {
    expect(model.summary.precision).toBe(precision)
    const [steps] = await finish(Rollout.open(model, config({ maxNewTokens: 6, policy: { kind: 'always' } }), [request(model, PROMPT)]))
    expect(steps?.some(({ weave }) => weave !== null)).toBe(true)
    expect(steps?.every(({ logits }) => logits.every(Number.isFinite))).toBe(true)
  })

  test('its logits stay near those in float32', async () => {
    const demo = await MemGenModel.load(DEMO, { device: 'cpu', precision, threads: 1 })
    const [[quantized], [float]] = [await logitsOf(demo, [PROMPT]), await logitsOf(exact, [PROMPT])]
    await demo.release()
    expect(cosine(quantized, float)).toBeGreaterThan(LOWEST_COSINE[precision])
  })

  test('a row among others has nearly the logits it has alone', async () => {
    const prompts = ['?', '.', PROMPT, ',']
    const together = await logitsOf(model, prompts)
    for (const [row, prompt] of prompts.entries()) {
      const [alone] = await logitsOf(model, [prompt])
       expect(relativeDistance(together[row], alone)).toBeLessThan(BATCH_TOLERANCE)
    }
  })

  test('what analysis reads anew is what the generation computed', async () => {
    const ids = model.tokenizer.encode(PROMPT)
    const probe = await Probe.open(model.config, model.reasonerLocations, { threads: 1 })
    for await (const logits of probe.logitsAt({ ids, latents: new Float32Array(0) }, [ids.length - 1])) {
       expect(relativeDistance(logits, (await logitsOf(model, [PROMPT]))[0])).toBeLessThan(BATCH_TOLERANCE)
    }
    await probe.release()
  })

  test('the weaver starts from the rows that the reasoner reads, and latents are compared with these', async () => {
    const table = dequantizedMatrix(model.reasonerLocations, EMBEDDINGS, precision === 'q8' ? 8 : 4)
    const embeds = await model.embeddings.inputsEmbeds({ ids: [5], latents: new Float32Array(0) })
    for (const [column, value] of embeds.entries()) expect(value).toBeCloseTo(table[5]?.[column] ?? NaN, 6)
    const norms = euclideanNorms(Float32Array.from(table.flat()), model.config.hiddenSize).sort((a, b) => a - b)
    expect(model.summary.vocabularyNormQuantiles[0]).toBeCloseTo(norms[0] ?? NaN, 4)
    expect(model.summary.vocabularyNormQuantiles[6]).toBeCloseTo(norms.at(-1) ?? NaN, 4)
    const [nearest] = await model.vocabulary.nearest(embeds, 1)
    expect(nearest?.[0]?.cosine).toBeCloseTo(1, 5)
  })
})

/** Next-token logits after each prompt, all in one batch. */
async function logitsOf(model: MemGenModel, prompts: readonly string[]): Promise<(Float32Array | undefined)[]> {
  const cache = model.reasoner.newCache(prompts.length)
  const inputs = prompts.map((prompt, row) => {
    const ids = model.tokenizer.encode(prompt)
    return { row, ids, positions: [...ids.keys()], wantLogits: true }
  })
  const outputs = await model.reasoner.forward(cache, inputs)
  cache.dispose()
  return outputs.map(({ logits }) => logits)
}

function cosine(left: Float32Array | undefined, right: Float32Array | undefined): number {
  const product = (a: Float32Array | undefined, b: Float32Array | undefined): number => a?.reduce((sum, value, index) => sum + value * (b?.[index] ?? NaN), 0) ?? NaN
  return product(left, right) / Math.sqrt(product(left, left) * product(right, right))
}

function relativeDistance(left: Float32Array | undefined, right: Float32Array | undefined): number {
  const distance = left?.reduce((sum, value, index) => sum + (value - (right?.[index] ?? NaN)) ** 2, 0) ?? NaN
  return Math.sqrt(distance / (right?.reduce((sum, value) => sum + value * value, 0) ?? NaN))
}
