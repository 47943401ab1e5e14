import { describe, expect, it } from 'vitest'
import { laneTraceOfRecord } from '../charts/record-trace.ts'
import type { StepOverview } from '../../../shared/domain/trace-columns.ts'
import { partingOf, partingWords } from './compare-texts.ts'

function steps(tokenIds: readonly number[], wovenAt: readonly number[] = []): readonly StepOverview[] {
  const values = new Float32Array(tokenIds.length)
  return laneTraceOfRecord({
    promptTokenCount: 1,
    tokenIds: Int32Array.from(tokenIds),
    texts: tokenIds.map(String),
    logprobs: values,
    entropies: values,
    asked: [],
    donors: null,
    weaves: wovenAt.map((stepIndex) => ({ stepIndex, kind: 'inference', contextLength: 1, norms: [1], latents: null, latentsBeforeProjection: null })),
  }).steps
}

describe('where two generations part', () => {
  it('is the first other token, and apart from it the first memory that one has alone', () => {
    const parting = partingOf(steps([1, 2, 3, 4]), steps([1, 2, 9, 4], [1]))
    expect(parting).toEqual({ token: 2, memory: 1 })
    expect(partingWords(parting)).toBe('The same 2 tokens, then others; memory differs from step 1')
  })

  it('is where the shorter one ends, if nothing differs before', () => {
    expect(partingOf(steps([1, 2]), steps([1, 2, 3])).token).toBe(2)
  })

  it('is nowhere in equal ones', () => {
    expect(partingWords(partingOf(steps([1, 2], [0]), steps([1, 2], [0])))).toBe('The same tokens, memory at the same places')
  })
})
