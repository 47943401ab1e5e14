/** @file Where two generations part, in tokens and in memory. It does not know how they are shown. */
import type { StepOverview } from '../../../shared/domain/trace-columns.ts'

export interface Parting {
  /** First step with another token, or that only one of them has; null where the texts are the same. */
  token: number | null
  /** First step before which only one of them has latents. */
  memory: number | null
}

export function partingOf(a: readonly StepOverview[], b: readonly StepOverview[]): Parting {
  const steps = Array.from({ length: Math.max(a.length, b.length) }, (_, index) => index)
  const found = (differs: (left: StepOverview | undefined, right: StepOverview | undefined) => boolean): number | null => steps.find((index) => differs(a[index], b[index])) ?? null
  return {
    token: found((left, right) => left?.tokenId !== right?.tokenId),
    memory: found((left, right) => (left?.weaveId == null) !== (right?.weaveId == null)),
  }
}

/** "Same tokens; memory differs from step 0" */
export function partingWords({ token, memory }: Parting): string {
  const tokens = token === null ? 'The same tokens' : token === 0 ? 'Other tokens from the first step' : `The same ${token} tokens, then others`
  return memory === null ? `${tokens}, memory at the same places` : `${tokens}; memory differs from step ${memory}`
}
