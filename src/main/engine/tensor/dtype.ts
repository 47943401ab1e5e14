/** @file Names and byte sizes of tensor element types, as safetensors spells them. Knows no tensor, no file and no conversion. */

/** Bytes per element of every dtype we read. Spelling: safetensors/src/tensor.rs. */
export const dtypeSizeBytes = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
} as const

export type DType = keyof typeof dtypeSizeBytes

/** The dtypes that {@link HostTensor} data can be converted from without loss. */
export type FloatDType = 'F32' | 'F16' | 'BF16'

/** Whether it names one, in the spelling of safetensors. */
export function isDType(value: unknown): value is DType {
  return typeof value === 'string' && Object.hasOwn(dtypeSizeBytes, value)
}

/** Whether its values widen to float32 without loss. */
export function isFloatDType(dtype: DType): dtype is FloatDType {
  return dtype === 'F32' || dtype === 'F16' || dtype === 'BF16'
}

/** Number of elements of a shape; a scalar `[]` has one. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1)
}
