/** @file Filters keep what they promise, and draws follow the distribution. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { samplingConfigSchema, type SamplingConfig } from '../../../../shared/domain/sampling.ts'
import { NonFiniteLogitsError } from './non-finite-logits-error.ts'
import { createStreams, type RandomStream } from './random-streams.ts'
import { sampleToken, samplingDistribution } from './sample-token.ts'

/** Differences of float64 sums in another order. */
const ROUNDING = 1e-9

const logitsOf = (values: readonly number[]): Float32Array => Float32Array.from(values)

/** Steps of 1/64: ties happen, but no two different logits are so close that their probabilities are equal. */
const anyLogits = fc
  .array(fc.integer({ min: -2000, max: 2000 }), { minLength: 1, maxLength: 60 })
  .map((values) => logitsOf(values.map((value) => value / 64)))

function sampled(config: Partial<SamplingConfig>): SamplingConfig {
  return { ...samplingConfigSchema.parse({}), doSample: true, ...config }
}

const anyFilters = fc
  .record(
    {
      temperature: fc.double({ min: 0.05, max: 5, noNaN: true }),
      topK: fc.nat({ max: 70 }),
      topP: fc.double({ min: 0.01, max: 1, noNaN: true }),
      minP: fc.double({ min: 0, max: 1, noNaN: true }),
      repetitionPenalty: fc.double({ min: 0.5, max: 2, noNaN: true }),
    },
    { requiredKeys: [] },
  )
  .map(sampled)

function streamOf(seed: number): RandomStream {
  return createStreams({ seed, sampleId: 'sample', repeat: 0 }).token
}

function softmax(logits: Float32Array, temperature = 1): number[] {
  const max = Math.max(...logits)
  const weights = Array.from(logits, (logit) => Math.exp((logit - max) / temperature))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return weights.map((weight) => weight / total)
}

describe('greedy choice', () => {
  const notUsed: RandomStream = { next: () => expect.unreachable('greedy choice draws nothing'), state: () => [] }

  test('takes the largest logit, the lowest id on ties, without drawing', () => {
    expect(sampleToken(logitsOf([1, 3, 3, -2]), samplingConfigSchema.parse({}), [], notUsed)).toBe(1)
    expect(sampleToken(logitsOf([1, 3, 3, -2]), sampled({ temperature: 0 }), [], notUsed)).toBe(1)
  })

  test('is what a tiny temperature and topK 1 choose too', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: -30, max: 30 }), { minLength: 1 }).map(logitsOf), fc.integer(), (logits, seed) => {
        const greedy = sampleToken(logits, sampled({ temperature: 0 }), [], notUsed)
        expect(sampleToken(logits, sampled({ topK: 1 }), [], streamOf(seed))).toBe(greedy)
        expect(sampleToken(logits, sampled({ temperature: Number.MIN_VALUE }), [], streamOf(seed))).toBe(greedy)
      }),
    )
  })

  test('sees the repetition penalty, which pushes positive and negative logits down', () => {
    const config = { ...samplingConfigSchema.parse({}), repetitionPenalty: 2 }
    expect(sampleToken(logitsOf([3, 2]), config, [0, 0, 99], notUsed)).toBe(1)
    expect(sampleToken(logitsOf([-2, -3]), config, [0], notUsed)).toBe(1)
  })
})

describe('the distribution', () => {
  test('sums to 1, keeps the most likely token and leaves the logits unchanged', () => {
    fc.assert(
      fc.property(anyLogits, anyFilters, fc.array(fc.nat({ max: 80 })), (logits, config, previousIds) => {
        const before = logits.slice()
        const { tokenIds, probabilities } = samplingDistribution(logits, config, previousIds)
        expect(probabilities.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 9)
        expect(tokenIds.length).toBeGreaterThan(0)
        expect(logits).toEqual(before)
        const greedy = samplingDistribution(logits, { ...config, doSample: false }, previousIds)
        const best = tokenIds.indexOf(greedy.tokenIds[0]!)
        expect(probabilities[best]).toBe(Math.max(...probabilities))
      }),
    )
  })

  test('without filters is softmax(logits / temperature)', () => {
    fc.assert(
      fc.property(anyLogits, fc.double({ min: 0.1, max: 5, noNaN: true }), (logits, temperature) => {
        const { probabilities } = samplingDistribution(logits, sampled({ temperature }), [])
        softmax(logits, temperature).forEach((expected, id) => expect(Math.abs(probabilities[id]! - expected)).toBeLessThan(ROUNDING))
      }),
    )
  })

  test('topK keeps the k largest logits and those equal to the last', () => {
    fc.assert(
      fc.property(anyLogits, fc.integer({ min: 1, max: 70 }), (logits, topK) => {
        const threshold = Array.from(logits).sort((a, b) => b - a)[Math.min(topK, logits.length) - 1]!
        const kept = Array.from(logits.keys()).filter((id) => logits[id]! >= threshold)
        expect(Array.from(samplingDistribution(logits, sampled({ topK }), []).tokenIds)).toEqual(kept)
      }),
    )
  })

  test('topP keeps the smallest set of most likely tokens that reaches the sum', () => {
    fc.assert(
      fc.property(anyLogits, fc.double({ min: 0.01, max: 0.99, noNaN: true }), (logits, topP) => {
        const probabilities = softmax(logits)
        const kept = Array.from(samplingDistribution(logits, sampled({ topP }), []).tokenIds, (id) => probabilities[id]!)
        const mass = kept.reduce((sum, value) => sum + value, 0)
        expect(mass).toBeGreaterThanOrEqual(topP - ROUNDING)
        expect(mass - Math.min(...kept)).toBeLessThan(topP + ROUNDING)
        const sorted = probabilities.toSorted((a, b) => b - a).slice(0, kept.length)
        expect(mass).toBeCloseTo(sorted.reduce((sum, value) => sum + value, 0), 9)
      }),
    )
  })

  test('minP keeps tokens at least that share as likely as the most likely', () => {
    const { tokenIds } = samplingDistribution(logitsOf([0, Math.log(0.5), Math.log(0.09)]), sampled({ minP: 0.1 }), [])
    expect(Array.from(tokenIds)).toEqual([0, 1])
  })

  test('filters see what the ones before them left', () => {
    // After topK 2 the probabilities are 0.6 and 0.4, so topP 0.6 keeps one token; of all three it would keep two.
    const logits = logitsOf([0.3, 0.2, 0.5].map(Math.log))
    const { tokenIds } = samplingDistribution(logits, sampled({ topK: 2, topP: 0.6 }), [])
    expect(Array.from(tokenIds)).toEqual([2])
  })
})

describe('sampling', () => {
  test('draws the same tokens from the same seed', () => {
    fc.assert(
      fc.property(anyLogits, anyFilters, fc.integer(), (logits, config, seed) => {
        const [first, second] = [streamOf(seed), streamOf(seed)]
        for (let step = 0; step < 5; step += 1) {
          expect(sampleToken(logits, config, [], first)).toBe(sampleToken(logits, config, [], second))
        }
      }),
    )
  })

  test('draws tokens as often as they are likely', () => {
    const logits = logitsOf([0.5, 0.3, 0.15, 0.05].map(Math.log))
    const stream = streamOf(5)
    const counts = [0, 0, 0, 0]
    const draws = 20_000
    for (let index = 0; index < draws; index += 1) counts[sampleToken(logits, sampled({}), [], stream)]! += 1
    // Four standard deviations of the most uncertain share.
    softmax(logits).forEach((probability, id) => expect(Math.abs(counts[id]! / draws - probability)).toBeLessThan(0.015))
  })

  test('draws once per token, whatever the filters', () => {
    fc.assert(
      fc.property(anyLogits, anyFilters, (logits, config) => {
        let draws = 0
        sampleToken(logits, config, [], { next: () => ((draws += 1), 0.999), state: () => [] })
        expect(draws).toBe(1)
      }),
    )
  })

  test('never takes an impossible token, not even at the ends of the range', () => {
    const logits = logitsOf([-30_000, 0, 0, -30_000])
    const last = 1 - 2 ** -53
    expect(sampleToken(logits, sampled({}), [], { next: () => 0, state: () => [] })).toBe(1)
    expect(sampleToken(logits, sampled({}), [], { next: () => last, state: () => [] })).toBe(2)
  })
})

test.each([NaN, Infinity, -Infinity])('a logit of %s is refused with its token', (value) => {
  for (const config of [samplingConfigSchema.parse({}), sampled({}), sampled({ topK: 1, repetitionPenalty: 2 })]) {
    const choose = (): number => sampleToken(logitsOf([1, 5, value, 2]), config, [], streamOf(0))
    expect(choose).toThrow(NonFiniteLogitsError)
    expect(choose).toThrow(/token 2/)
  }
})
