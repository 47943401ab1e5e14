/** @file How close two points of the plane count as, for a smallest distance that is asked for. It knows no points. */

export interface ClosenessCurve {
  readonly a: number
  readonly b: number
}

/** Where the curve is fitted: 300 places from 0 to three times the spread of 1, as the reference implementation does. */
const PLACES = Array.from({ length: 300 }, (_, i) => (3 * i) / 299)
const ROUNDS = 100

/**
 * The a and b with which 1 / (1 + a d^2b) comes nearest, in least squares, to 1 up to `minDist` and exp(minDist - d) beyond.
 * Source: McInnes, Healy and Melville, arXiv:1802.03426, definition 11; found by Levenberg and Marquardt's method.
 */
export function fitCloseness(minDist: number): ClosenessCurve {
  const wanted = PLACES.map((d) => (d < minDist ? 1 : Math.exp(minDist - d)))
  const errorOf = ({ a, b }: ClosenessCurve): number => PLACES.reduce((sum, d, i) => sum + (wanted[i]! - closeness(d, a, b)) ** 2, 0)
  let curve: ClosenessCurve = { a: 1, b: 1 }
  let damping = 1e-3
  for (let round = 0; round < ROUNDS; round++) {
    const next = stepFrom(curve, wanted, damping)
    if (next.a > 0 && next.b > 0 && errorOf(next) <= errorOf(curve)) [curve, damping] = [next, damping / 10]
    else damping *= 10
  }
  return curve
}

function closeness(d: number, a: number, b: number): number {
  return 1 / (1 + a * d ** (2 * b))
}

function stepFrom({ a, b }: ClosenessCurve, wanted: readonly number[], damping: number): ClosenessCurve {
  let [aa, ab, bb, ra, rb] = [0, 0, 0, 0, 0]
  for (const [i, d] of PLACES.entries()) {
    if (d === 0) continue
    const value = closeness(d, a, b)
    const rest = wanted[i]! - value
    const byA = -(value ** 2) * d ** (2 * b)
    const byB = 2 * a * Math.log(d) * byA
    aa += byA * byA
    ab += byA * byB
    bb += byB * byB
    ra += byA * rest
    rb += byB * rest
  }
  const [dampedA, dampedB] = [aa * (1 + damping), bb * (1 + damping)]
  const determinant = dampedA * dampedB - ab * ab
  return { a: a + (dampedB * ra - ab * rb) / determinant, b: b + (dampedA * rb - ab * ra) / determinant }
}
