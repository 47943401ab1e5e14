/** @file Which points lie inside a drawn line, or nearest to a place. Coordinates are the chart's own. It does not know the chart. */

interface Points {
  readonly x: Float32Array
  readonly y: Float32Array
}

/** Indices of the points inside the polygon (even-odd rule), of those that `isShown`. */
export function pointsInside({ x, y }: Points, polygon: readonly (readonly [x: number, y: number])[], isShown: (index: number) => boolean): number[] {
  if (polygon.length < 3) return []
  const inside: number[] = []
  for (let index = 0; index < x.length; index++) {
    if (isShown(index) && isInside(x[index] ?? 0, y[index] ?? 0, polygon)) inside.push(index)
  }
  return inside
}

function isInside(x: number, y: number, polygon: readonly (readonly [x: number, y: number])[]): boolean {
  let isIn = false
  let [beforeX, beforeY] = polygon.at(-1) ?? [0, 0]
  for (const [atX, atY] of polygon) {
    if (atY > y !== beforeY > y && x < ((beforeX - atX) * (y - atY)) / (beforeY - atY) + atX) isIn = !isIn
    beforeX = atX
    beforeY = atY
  }
  return isIn
}

/** The nearest shown point within `reach`, which says how far along each axis counts as one; null where there is none. */
export function nearestPoint({ x, y }: Points, [atX, atY]: readonly [number, number], reach: readonly [number, number], isShown: (index: number) => boolean): number | null {
  let nearest: number | null = null
  let least = 1
  for (let index = 0; index < x.length; index++) {
    const distance = (((x[index] ?? 0) - atX) / reach[0]) ** 2 + (((y[index] ?? 0) - atY) / reach[1]) ** 2
    if (distance <= least && isShown(index)) {
      least = distance
      nearest = index
    }
  }
  return nearest
}
