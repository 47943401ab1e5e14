/** @file Small statistics over weight values: quantiles, row norms, NaN counts, "is this still nn.Linear's initialisation". Knows no files. */
import { bfloat16ToFloat32, float32ToBfloat16 } from '../../../shared/half.ts'
import type { HostTensor } from '../tensor/host-tensor.ts'

/** The quantiles shown wherever norms are compared: minimum, 5, 25, 50, 75, 95 percent, maximum. */
const shownQuantiles = [0, 0.05, 0.25, 0.5, 0.75, 0.95, 1] as const

/** Those quantiles by linear interpolation; empty for no values. */
export function quantiles(values: readonly number[]): number[] {
  const sorted = Float64Array.from(values).sort()
  if (sorted.length === 0) return []
  return shownQuantiles.map((quantile) => {
    const position = quantile * (sorted.length - 1)
    const low = Math.floor(position)
    const below = sorted[low]!
    const above = sorted[Math.min(low + 1, sorted.length - 1)]!
    return below + (above - below) * (position - low)
  })
}

/** L2 norm of every row of `[rows, width]`. */
export function rowNorms(values: Float32Array, width: number): number[] {
  const norms: number[] = []
  for (let start = 0; start + width <= values.length; start += width) {
    let sum = 0
    for (let i = start; i < start + width; i++) sum += values[i]! ** 2
    norms.push(Math.sqrt(sum))
  }
  return norms
}

/** How many values are NaN or infinite. */
export function countNonFinite(values: Float32Array): number {
  let count = 0
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i]!)) count++
  return count
}

export function isAllZero(values: Float32Array): boolean {
  return values.every((value) => value === 0)
}

/** LayerNorm over the last dimension with weight, bias and scale, as query latents enter the weaver (docs/REFERENCE.md 1.4). `[K, width]` */
export function normaliseRows(latents: HostTensor, norm: { weight: HostTensor; bias: HostTensor; scale: number }): Float32Array {
  const width = latents.shape[1]!
  const out = new Float32Array(latents.data.length)
  for (let start = 0; start + width <= out.length; start += width) {
    const row = latents.data.subarray(start, start + width)
    const mean = row.reduce((sum, value) => sum + value, 0) / width
    const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / width
    const inverse = 1 / Math.sqrt(variance + 1e-5)
    for (let i = 0; i < width; i++) {
      out[start + i] = ((row[i]! - mean) * inverse * norm.weight.data[i]! + norm.bias.data[i]!) * norm.scale
    }
  }
  return out
}

/** 1 % critical value of the Kolmogorov-Smirnov statistic times sqrt(n) (Smirnov 1948). */
const smirnovCritical = 1.63

export interface UniformTest {
  /** 1 / sqrt(in features): PyTorch draws both weight and bias of nn.Linear from U(-bound, bound) (torch/nn/modules/linear.py). */
  readonly bound: number
  readonly largest: number
  /** Largest gap between the empirical distribution and the uniform one, times sqrt(n). */
  readonly statistic: number
  /** True when the values cannot be told apart from that initialisation. */
  readonly looksInitial: boolean
}

/** Tests a linear layer, weight `[out, in]` and bias `[out]`, against PyTorch's default initialisation. */
export function testLinearInitialisation(weight: HostTensor, bias: HostTensor): UniformTest {
  const values = Float32Array.from([...weight.data, ...bias.data])
  const bound = initialBound(values, weight.shape[1]!)
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  const sorted = values.toSorted()
  let gap = 0
  sorted.forEach((value, i) => {
    const expected = Math.min(1, Math.max(0, (value + bound) / (2 * bound)))
    gap = Math.max(gap, Math.abs(expected - i / sorted.length), Math.abs((i + 1) / sorted.length - expected))
  })
  const statistic = gap * Math.sqrt(sorted.length)
  return { bound, largest, statistic, looksInitial: largest <= bound && statistic < smirnovCritical }
}

/** In a bfloat16 checkpoint a value just inside the bound may have been rounded to just outside; rounding is monotone, so the rounded bound holds. */
function initialBound(values: Float32Array, inFeatures: number): number {
  const bound = Math.fround(1 / Math.sqrt(inFeatures))
  const rounded = bfloat16ToFloat32(float32ToBfloat16(values))
  if (!values.every((value, i) => value === rounded[i])) return bound
  return Math.max(bound, bfloat16ToFloat32(float32ToBfloat16(Float32Array.of(bound)))[0]!)
}
