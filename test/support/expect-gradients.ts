/** @file Compares parameters and gradients with the reference's tensors and prints the largest difference. Computes nothing itself. */
import { expect } from 'vitest'
import type { ParameterSet } from '../../src/main/engine/training/parameter-set.ts'

/** Suggested by test/golden/README.md, where the reference's own float32 error is at most 1e-6, 3e-4 and 7e-7. */
export const LOSS_TOLERANCE = 1e-4
const GRADIENT_TOLERANCE = 5e-3
const PARAMETER_TOLERANCE = 2e-5
/** Log-probabilities and logits. */
export const VALUE_TOLERANCE = 1e-3

/** Each tensor's differences relative to its largest entry. */
export function expectGradients(label: string, gradients: ParameterSet, expectedOf: (name: string) => Float32Array): void {
  const differences = gradients.names.map((name) => {
    const expected = expectedOf(name)
    const largest = expected.reduce((max, value) => Math.max(max, Math.abs(value)), 0)
    const difference = largestDifference(gradients.view(name), expected)
    return { name, difference: largest === 0 ? difference : difference / largest }
  })
  report(label, 'gradients', differences)
  for (const { name, difference } of differences) expect(difference, name).toBeLessThan(GRADIENT_TOLERANCE)
}

/** @param unstable [name, flat index] of elements that are not reproducible */
export function expectParameters(
  label: string,
  parameters: ParameterSet,
  expectedOf: (name: string) => Float32Array,
  unstable: readonly (readonly [string, number])[],
): void {
  const differences = parameters.names.map((name) => {
    const skipped = new Set(unstable.flatMap(([tensor, index]) => (tensor === name ? [index] : [])))
    return { name, difference: largestDifference(parameters.view(name), expectedOf(name), skipped) }
  })
  report(label, 'parameters', differences)
  for (const { name, difference } of differences) expect(difference, name).toBeLessThan(PARAMETER_TOLERANCE)
}

function largestDifference(found: Float32Array, expected: Float32Array, skipped: ReadonlySet<number> = new Set()): number {
  expect(found.length).toBe(expected.length)
  return found.reduce((max, value, index) => (skipped.has(index) ? max : Math.max(max, Math.abs(value - (expected[index] ?? Number.NaN)))), 0)
}

function report(label: string, what: string, differences: readonly { name: string; difference: number }[]): void {
  const worst = differences.reduce((a, b) => (b.difference > a.difference ? b : a))
  console.log(`${label}: ${differences.length} ${what} compared, largest difference ${worst.difference.toExponential(1)} (${worst.name})`)
}
