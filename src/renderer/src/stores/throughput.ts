/** @file Tokens per second over the latest steps, from the times the engine recorded. */
import type { Step } from '../../../shared/domain/step.ts'

/** Enough to be calm, few enough to follow a growing context. */
const WINDOW_STEPS = 32

/** null before the first step. */
export function tokensPerSecond(steps: readonly Pick<Step, 'elapsedMs'>[]): number | null {
  const recent = steps.slice(-WINDOW_STEPS)
  const elapsedMs = recent.reduce((sum, { elapsedMs: { decide, weave, decode } }) => sum + decide + weave + decode, 0)
  return elapsedMs > 0 ? (recent.length * 1000) / elapsedMs : null
}
