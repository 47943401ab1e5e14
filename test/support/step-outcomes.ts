/** @file What two runs of the same generation must share: all of it, or what rounding leaves. It runs none. */
import { expect } from 'vitest'
import type { StepResult } from '../../src/main/engine/memgen/step-record.ts'

/** Same tokens read in other portions or in another batch: products are summed in another order there. */
export const ORDER_TOLERANCE = 1e-4

/** Everything but the time taken; Float32Arrays compare bit for bit, -0 and 0 apart. */
export function outcome({ step: { elapsedMs, ...step }, weave, logits }: StepResult): unknown {
  expect(elapsedMs.decode).toBeGreaterThanOrEqual(0)
  return { step, weave, logits }
}

/** Bit for bit. */
export function expectSame(actual: readonly StepResult[], expected: readonly StepResult[]): void {
  expect(actual.map(outcome)).toStrictEqual(expected.map(outcome))
}

/** The same ids, decisions and draws, and logits that differ by rounding. */
export function expectEquivalent(actual: readonly StepResult[], expected: readonly StepResult[]): void {
  expect(actual.map(choices)).toEqual(expected.map(choices))
  expect(largestDifference(actual, expected)).toBeLessThan(ORDER_TOLERANCE)
}

export function tokenIds(results: readonly StepResult[]): number[] {
  return results.map(({ step }) => step.tokenId)
}

function choices({ step: { index, tokenId, candidate, decision, decisionSource, augmentationCount, randomState } }: StepResult): unknown {
  return { index, tokenId, candidate, decision, decisionSource, augmentationCount, randomState }
}

function largestDifference(actual: readonly StepResult[], expected: readonly StepResult[]): number {
  return Math.max(0, ...actual.flatMap(({ logits }, index) => [...logits.map((value, id) => Math.abs(value - (expected[index]?.logits[id] ?? NaN)))]))
}
