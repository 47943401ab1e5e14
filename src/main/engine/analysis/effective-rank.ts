/** @file Of how many directions vectors make use. */
import { EigenvalueDecomposition, Matrix } from 'ml-matrix'

/**
 * The exponential of the entropy of the normalised singular values: 1 where all vectors lie along one direction, their number where they
 * stand at right angles and are of one length. Source: Roy and Vetterli, The effective rank (EUSIPCO 2007).
 * @param vectors row-major [rows, width] float32, not centred
 * @returns null where there is no vector but zero
 */
export function effectiveRank(vectors: Float32Array, width: number): number | null {
  const rows = vectors.length / width
  const gram = Matrix.zeros(rows, rows)
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column <= row; column++) {
      let product = 0
      for (let index = 0; index < width; index++) product += (vectors[row * width + index] ?? 0) * (vectors[column * width + index] ?? 0)
      gram.set(row, column, product)
      gram.set(column, row, product)
    }
  }
  // Rounding makes eigenvalues of dependent vectors a little negative.
  const singularValues = rows === 0 ? [] : new EigenvalueDecomposition(gram, { assumeSymmetric: true }).realEigenvalues.map((value) => Math.sqrt(Math.max(0, value)))
  const total = singularValues.reduce((sum, value) => sum + value, 0)
  if (total === 0) return null
  const entropy = singularValues.reduce((sum, value) => (value > 0 ? sum - (value / total) * Math.log(value / total) : sum), 0)
  return Math.exp(entropy)
}
