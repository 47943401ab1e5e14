/** @file Zooming and moving a window over the token axis. It does not know what is drawn in it, nor who asks. */
import { axisRange, type AxisRange } from './token-axis.ts'

/** In steps; nearer, single tokens fill the screen and nothing can be compared. */
export const SHORTEST_WINDOW = 8

/** The part of the axis that is shown: `wanted`, as far as it lies on the axis; null is all of it. */
export function windowOn(wanted: AxisRange | null, stepCount: number): AxisRange {
  const whole = axisRange(stepCount)
  if (wanted === null) return whole
  const span = Math.min(Math.max(wanted.max - wanted.min, SHORTEST_WINDOW), whole.max - whole.min)
  const min = Math.min(Math.max(wanted.min, whole.min), whole.max - span)
  return { min, max: min + span }
}

/**
 * The axis position `anchor` stays where it is.
 * @param factor below 1 shows less, in more detail
 * @returns null when everything is shown
 */
export function zoomed(window: AxisRange, factor: number, anchor: number, stepCount: number): AxisRange | null {
  const whole = axisRange(stepCount)
  const span = Math.max(SHORTEST_WINDOW, factor * (window.max - window.min))
  if (span >= whole.max - whole.min) return null
  const share = (anchor - window.min) / (window.max - window.min)
  const min = anchor - share * span
  return windowOn({ min, max: min + span }, stepCount)
}

/** Moved by `distance` steps, as far as the axis goes. */
export function moved(window: AxisRange, distance: number, stepCount: number): AxisRange {
  return windowOn({ min: window.min + distance, max: window.max + distance }, stepCount)
}

/** The same window, moved no further than needed for `step` to lie in it with some air. */
export function showing(window: AxisRange, step: number, stepCount: number): AxisRange {
  const air = 0.05 * (window.max - window.min)
  if (step < window.min + air) return moved(window, step - air - window.min, stepCount)
  if (step > window.max - air) return moved(window, step + air - window.max, stepCount)
  return window
}
