/** @file A profile's tree as rectangles of a flame chart, and the ways between them. It does not know pixels or colours. */
import type { ProfileFrame } from '../../../shared/domain/profile.ts'

/** Indices of children from the root on; the root's own is empty. */
export type FramePath = readonly number[]

export interface FlameRect {
  readonly path: FramePath
  readonly frame: ProfileFrame
  /** 0 for the root; rows go downwards. */
  readonly depth: number
  /** Shares of the width, 0 to 1. */
  readonly start: number
  readonly end: number
}

/** The frame at a path; null where the tree has none. */
export function frameAt(root: ProfileFrame, path: FramePath): ProfileFrame | null {
  let frame: ProfileFrame | undefined = root
  for (const index of path) frame = frame?.children[index]
  return frame ?? null
}

/** The frames from the root down to the one at the path. */
export function framesAlong(root: ProfileFrame, path: FramePath): ProfileFrame[] {
  return [root, ...path.map((_, depth) => frameAt(root, path.slice(0, depth + 1)))].filter((frame) => frame !== null)
}

/**
 * Rows from the root down, children in the tree's order under their parent. What is zoomed to takes the whole width, so do those above it, and what
 * lies beside these is left out. Children whose times sum to more than their parent's, as measured ones may by rounding, share its width.
 */
export function layOutFlame(root: ProfileFrame, zoom: FramePath): FlameRect[] {
  const above = framesAlong(root, zoom).map((frame, depth): FlameRect => ({ path: zoom.slice(0, depth), frame, depth, start: 0, end: 1 }))
  const zoomed = above.at(-1)
  return zoomed === undefined ? [] : [...above, ...layOutChildren(zoomed)]
}

function layOutChildren(parent: FlameRect): FlameRect[] {
  const { frame, path, depth, start, end } = parent
  const whole = Math.max(frame.ms, frame.children.reduce((sum, { ms }) => sum + ms, 0))
  if (whole === 0) return []
  let from = start
  return frame.children.flatMap((child, index) => {
    const rect: FlameRect = { path: [...path, index], frame: child, depth: depth + 1, start: from, end: from + ((end - start) * child.ms) / whole }
    from = rect.end
    return [rect, ...layOutChildren(rect)]
  })
}

/** The rectangle under a place of the chart; undefined where there is none. */
export function rectAt(rects: readonly FlameRect[], share: number, depth: number): FlameRect | undefined {
  return rects.find((rect) => rect.depth === depth && rect.start <= share && share < rect.end)
}

export type FlameMove = 'up' | 'down' | 'left' | 'right' | 'first' | 'last'

/** From a path to the next: up to the parent, down to its longest child, sideways along the row; where there is nothing, it stays. */
export function moveInFlame(rects: readonly FlameRect[], path: FramePath, move: FlameMove): FramePath {
  const here = rects.find((rect) => isSamePath(rect.path, path))
  if (here === undefined) return rects[0]?.path ?? []
  const row = rects.filter(({ depth }) => depth === here.depth)
  const at = row.indexOf(here)
  const target = {
    up: () => rects.find((rect) => isSamePath(rect.path, path.slice(0, -1))),
    down: () => rects.filter((rect) => rect.depth === here.depth + 1 && isSamePath(rect.path.slice(0, -1), path)).sort((a, b) => b.frame.ms - a.frame.ms)[0],
    left: () => row[at - 1],
    right: () => row[at + 1],
    first: () => row[0],
    last: () => row.at(-1),
  }[move]()
  return target?.path ?? path
}

export function isSamePath(a: FramePath, b: FramePath): boolean {
  return a.length === b.length && a.every((index, depth) => index === b[depth])
}
