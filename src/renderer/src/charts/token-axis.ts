/**
 * @file The axis all lanes share: step i lies at x = i, and the K latents woven before step i lie between i - 1 and i.
 * It does not know what the lanes draw.
 */

/** Empty axis length, so that the first tokens do not fill the whole width. */
const SHORTEST_AXIS = 24

export interface AxisRange {
  min: number
  max: number
}

/** Half a step of air on the right; a whole one on the left, where latents of step 0 lie. */
export function axisRange(stepCount: number): AxisRange {
  return { min: -1, max: Math.max(stepCount, SHORTEST_AXIS) - 0.5 }
}

/** Where latent `latent` of `count` before step `stepIndex` lies. */
export function latentPosition(stepIndex: number, latent: number, count: number): number {
  return stepIndex - 1 + (latent + 1) / (count + 1)
}

/** The step under an axis position; null outside the trace. */
export function stepAt(position: number, stepCount: number): number | null {
  const index = Math.floor(position + 0.5)
  return index >= 0 && index < stepCount ? index : null
}
