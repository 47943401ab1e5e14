/** @file The two directions in which points spread most (PCA), and the points along them. It does not know what the points are. */
import { EigenvalueDecomposition, Matrix as SquareMatrix } from 'ml-matrix'
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import type { Matrix } from '../../shared/domain/weave.ts'

export interface PrincipalComponents {
  /** [points] along the first direction. */
  readonly x: Float32Array<ArrayBuffer>
  /** [points] along the second. */
  readonly y: Float32Array<ArrayBuffer>
  /** Shares of the whole variance. */
  readonly explainedVariance: [number, number]
}

type Vector = Float64Array<ArrayBuffer>

/** Vectors that grow the basis together: with fewer than two, two directions of the same variance would be found as one. */
const BLOCK_SIZE = 2
/** Vectors in the basis at most; spectra that fall at all settle within a fraction of it. */
const MAX_BASIS = 160
/** |A v - λ v| as a share of the largest λ: below what single-precision points can tell. */
const RESIDUAL = 1e-9
/** Shares of a vector's former length below which only rounding is left of it. */
const VANISHED = 1e-10

/**
 * Principal components by a block Krylov method: the covariance is never formed, which for 1,536 dimensions would cost a minute.
 * Its action on a growing orthonormal basis gives a small symmetric matrix with the same largest eigenvalues.
 * Source: Golub and Van Loan, Matrix Computations (2013), section 10.3.6. The sign of a direction is that which makes its largest
 * entry positive, so that the same points always look the same.
 *
 * @param points [points, dimensions] float32
 */
export function principalComponents(points: Matrix, { onProgress }: { onProgress?: (fraction: number) => void } = {}): PrincipalComponents {
  const { rows, columns } = points
  const mean = meanOf(points)
  const totalVariance = varianceOf(points, mean)
  const basis: Vector[] = []
  const images: Vector[] = []
  const generator = xoroshiro128plus(1)
  let block = orthonormalize(Array.from({ length: BLOCK_SIZE }, () => Float64Array.from({ length: columns }, () => uniformFloat64(generator) - 0.5)), basis)
  let found = { vectors: [new Float64Array(columns), new Float64Array(columns)], values: [0, 0] }
  const limit = Math.min(columns, MAX_BASIS)
  while (block.length > 0 && basis.length < limit) {
    const blockImages = multiplyCovariance(points, mean, block)
    basis.push(...block)
    images.push(...blockImages)
    const pairs = largestPairs(basis, images)
    found = pairs
    onProgress?.(basis.length / limit)
    if (pairs.residual <= RESIDUAL * (pairs.values[0] ?? 0)) break
    block = orthonormalize(blockImages, basis)
  }
  const [first, second] = found.vectors.map(fixSign)
  const share = (value: number | undefined): number => (totalVariance === 0 ? 0 : Math.max(0, value ?? 0) / totalVariance)
  return {
    x: projectOn(points, mean, first ?? new Float64Array(columns)),
    y: projectOn(points, mean, second ?? new Float64Array(columns)),
    explainedVariance: [share(found.values[0]), share(found.values[1])].map((value) => (rows < 2 ? 0 : value)) as [number, number], // two in, two out
  }
}

/** The sample covariance times each vector, [dimensions] each, without the covariance. */
function multiplyCovariance({ rows, columns, data }: Matrix, mean: Vector, vectors: readonly Vector[]): Vector[] {
  const images = vectors.map(() => new Float64Array(columns))
  const offsets = vectors.map((vector) => dot(vector, mean))
  const sums = new Float64Array(vectors.length)
  for (let row = 0; row < rows; row++) {
    const start = row * columns
    for (let v = 0; v < vectors.length; v++) {
      const [vector, image] = [vectors[v]!, images[v]!]
      let along = -offsets[v]!
      for (let d = 0; d < columns; d++) along += data[start + d]! * vector[d]!
      for (let d = 0; d < columns; d++) image[d]! += along * data[start + d]!
      sums[v]! += along
    }
  }
  return images.map((image, v) => image.map((value, d) => (value - sums[v]! * mean[d]!) / (rows - 1)))
}

/** The two largest eigenvalues of the covariance as the basis sees it, their vectors, and the larger of both residuals. */
function largestPairs(basis: readonly Vector[], images: readonly Vector[]): { values: number[]; vectors: Vector[]; residual: number } {
  const small = new SquareMatrix(basis.map((vector) => images.map((image) => dot(vector, image))))
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(small.add(small.transpose()).div(2), { assumeSymmetric: true })
  const order = realEigenvalues.map((_, index) => index).sort((a, b) => realEigenvalues[b]! - realEigenvalues[a]!).slice(0, 2)
  const values = order.map((index) => realEigenvalues[index]!)
  const combine = (parts: readonly Vector[], index: number): Vector => {
    return parts.reduce((sum, part, row) => addScaled(sum, part, eigenvectorMatrix.get(row, index)), new Float64Array(parts[0]?.length ?? 0))
  }
  const vectors = order.map((index) => combine(basis, index))
  const residuals = order.map((index, i) => norm(addScaled(combine(images, index), vectors[i]!, -values[i]!)))
  return { values, vectors, residual: Math.max(...residuals) }
}

/** Unit vectors at right angles to `basis` and to each other; what depends on them is left out. */
function orthonormalize(vectors: readonly Vector[], basis: readonly Vector[]): Vector[] {
  const added: Vector[] = []
  for (const vector of vectors) {
    const length = norm(vector)
    const rest = vector.slice()
    // Twice is enough: rounding leaves something of the basis behind the first time (Parlett, The Symmetric Eigenvalue Problem, 6.9).
    for (let pass = 0; pass < 2; pass++) for (const other of [...basis, ...added]) addScaled(rest, other, -dot(rest, other))
    const left = norm(rest)
    if (left > VANISHED * length) added.push(rest.map((value) => value / left))
  }
  return added
}

function projectOn({ rows, columns, data }: Matrix, mean: Vector, direction: Vector): Float32Array<ArrayBuffer> {
  const offset = dot(direction, mean)
  const along = new Float32Array(rows)
  for (let row = 0; row < rows; row++) {
    let sum = -offset
    for (let d = 0; d < columns; d++) sum += data[row * columns + d]! * direction[d]!
    along[row] = sum
  }
  return along
}

function fixSign(vector: Vector): Vector {
  const largest = vector.reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most), 0)
  return largest < 0 ? vector.map((value) => -value) : vector
}

function meanOf({ rows, columns, data }: Matrix): Vector {
  const mean = new Float64Array(columns)
  for (let row = 0; row < rows; row++) for (let d = 0; d < columns; d++) mean[d]! += data[row * columns + d]! / rows
  return mean
}

/** Summed over all dimensions. */
function varianceOf({ rows, columns, data }: Matrix, mean: Vector): number {
  let sum = 0
  for (let row = 0; row < rows; row++) for (let d = 0; d < columns; d++) sum += (data[row * columns + d]! - mean[d]!) ** 2
  return sum / (rows - 1)
}

function dot(left: Vector, right: Vector): number {
  let sum = 0
  for (let d = 0; d < left.length; d++) sum += left[d]! * right[d]!
  return sum
}

function norm(vector: Vector): number {
  return Math.sqrt(dot(vector, vector))
}

/** Adds to `sum` in place. */
function addScaled(sum: Vector, part: Vector, factor: number): Vector {
  for (let d = 0; d < sum.length; d++) sum[d]! += factor * part[d]!
  return sum
}
