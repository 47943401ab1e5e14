/** @file Where lanes lie in their panel, and which axis position lies under a pixel. It does not know what they draw. */
import type { Lane } from './lane.ts'
import type { AxisRange } from './token-axis.ts'

export const LANE_LEFT_PX = 44
export const LANE_RIGHT_PX = 14
const TITLE_PX = 18
const GAP_PX = 6
const AXIS_LABEL_PX = 18
/** Lower, a curve and its axis can no longer be read. */
const LOWEST_LANE_PX = 34

export interface LanePlace {
  titleTop: number
  top: number
  height: number
}

export interface LaneLayout {
  places: LanePlace[]
  /** Of all lanes; more than there is room for where there are many. */
  heightPx: number
}

/** Fills `roomPx` by the lanes' shares, as far as each stays readable. */
export function layOutLanes(lanes: readonly Pick<Lane, 'share'>[], roomPx: number): LaneLayout {
  const drawable = Math.max(0, roomPx - lanes.length * (TITLE_PX + GAP_PX) - AXIS_LABEL_PX)
  const shares = lanes.reduce((sum, { share }) => sum + share, 0)
  const lowest = Math.min(...lanes.map(({ share }) => share))
  const scale = Math.max(drawable / shares, LOWEST_LANE_PX / lowest)
  let top = 0
  const places = lanes.map(({ share }): LanePlace => {
    const place = { titleTop: top, top: top + TITLE_PX, height: Math.floor(share * scale) }
    top = place.top + place.height + GAP_PX
    return place
  })
  return { places, heightPx: Math.max(roomPx, top + AXIS_LABEL_PX) }
}

/** Of the drawing area in a panel of `widthPx`. */
export function drawnWidth(widthPx: number): number {
  return Math.max(1, widthPx - LANE_LEFT_PX - LANE_RIGHT_PX)
}

export function positionAt(pixel: number, widthPx: number, window: AxisRange): number {
  return window.min + ((pixel - LANE_LEFT_PX) / drawnWidth(widthPx)) * (window.max - window.min)
}

/** null where the position lies outside the window. */
export function pixelAt(position: number, widthPx: number, window: AxisRange): number | null {
  if (position < window.min || position > window.max) return null
  return LANE_LEFT_PX + ((position - window.min) / (window.max - window.min)) * drawnWidth(widthPx)
}
