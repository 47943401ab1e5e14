/** @file A float32 tensor in ordinary memory. Knows no device and no file. */
import { elementCount } from './dtype.ts'

/** Row-major float32 data; `data.length` is the product of `shape` (1 for a scalar, shape `[]`). */
export interface HostTensor {
  readonly dtype: 'F32'
  readonly shape: readonly number[]
  readonly data: Float32Array
}

/** Joins a shape and its data. Throws when their sizes differ: that is a bug of the caller. */
export function hostTensor(shape: readonly number[], data: Float32Array): HostTensor {
  if (elementCount(shape) !== data.length) {
    throw new Error(`internal: shape [${shape.join(', ')}] needs ${elementCount(shape)} values, got ${data.length}`)
  }
  return { dtype: 'F32', shape: [...shape], data }
}
