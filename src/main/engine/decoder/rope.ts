/**
 * @file Rotary position embeddings: frequencies and cos/sin tables. Knows neither the graph that applies them nor which layers do.
 *
 * Formulas of transformers 4.57 (modeling_rope_utils.py), rounded to float32 where torch computes in float32.
 * Differences: dynamic scaling depends on the length asked for alone; transformers, after a longer sequence, keeps that one's
 * frequencies until a sequence is shorter than maxPositionEmbeddings.
 */
import type { DecoderConfig, RopeScaling } from '../checkpoint/index.ts'

export type RopeConfig = Pick<DecoderConfig, 'headDim' | 'ropeTheta' | 'maxPositionEmbeddings' | 'ropeScaling'>

export interface RopeFrequencies {
  /** Radians per position, `[headDim / 2] float32`. */
  readonly inverseFrequencies: Float32Array
  /** Multiplies cos and sin. */
  readonly attentionScaling: number
}

export interface RopeTables {
  /** `[positions, headDim / 2] float32`; both halves of a head use the same values (rotate_half). */
  readonly cos: Float32Array
  readonly sin: Float32Array
}

/**
 * @param sequenceLength number of positions attended to, new ones included; matters to dynamic scaling only
 */
export function ropeFrequencies(config: RopeConfig, sequenceLength: number): RopeFrequencies {
  const { ropeScaling } = config
  switch (ropeScaling.type) {
    case 'none':
      return unscaledAttention(baseFrequencies(config))
    case 'linear':
      return unscaledAttention(baseFrequencies(config).map((frequency) => frequency / ropeScaling.factor))
    case 'dynamic':
      return unscaledAttention(baseFrequencies({ ...config, ropeTheta: dynamicTheta(config, ropeScaling.factor, sequenceLength) }))
    case 'llama3':
      return unscaledAttention(baseFrequencies(config).map((frequency) => llama3Frequency(frequency, ropeScaling)))
    case 'yarn':
      return { inverseFrequencies: yarnFrequencies(config, ropeScaling), attentionScaling: yarnAttentionScaling(ropeScaling) }
    default:
      return ropeScaling satisfies never
  }
}

/**
 * Whether a context of this length has other frequencies than a shorter one: keys cached earlier then belong to another
 * length. The reference rereads the whole context at every insertion, weave and question, and so must its reader here.
 */
export function isLengthDependent({ ropeScaling, maxPositionEmbeddings }: RopeConfig, sequenceLength: number): boolean {
  return ropeScaling.type === 'dynamic' && sequenceLength > maxPositionEmbeddings
}

/** @param positions position ids, `[positions]` */
export function ropeTables({ inverseFrequencies, attentionScaling }: RopeFrequencies, positions: ArrayLike<number>): RopeTables {
  const halfDim = inverseFrequencies.length
  const cos = new Float32Array(positions.length * halfDim)
  const sin = new Float32Array(positions.length * halfDim)
  for (let row = 0; row < positions.length; row += 1) {
    for (let column = 0; column < halfDim; column += 1) {
      const angle = f32((positions[row] ?? 0) * (inverseFrequencies[column] ?? 0))
      cos[row * halfDim + column] = f32(Math.cos(angle)) * attentionScaling
      sin[row * halfDim + column] = f32(Math.sin(angle)) * attentionScaling
    }
  }
  return { cos, sin }
}

type ScalingOf<Type extends RopeScaling['type']> = Extract<RopeScaling, { readonly type: Type }>

const f32 = Math.fround

function unscaledAttention(inverseFrequencies: Float32Array): RopeFrequencies {
  return { inverseFrequencies, attentionScaling: 1 }
}

/** ropeTheta^(2i / headDim), `[headDim / 2] float32`. */
function wavelengths({ headDim, ropeTheta }: Pick<RopeConfig, 'headDim' | 'ropeTheta'>): Float32Array {
  return Float32Array.from({ length: headDim / 2 }, (_, index) => f32(ropeTheta) ** f32((2 * index) / headDim))
}

/** RoFormer (arXiv 2104.09864), section 3.3. */
function baseFrequencies(config: RopeConfig): Float32Array {
  return wavelengths(config).map((wavelength) => 1 / wavelength)
}

/** NTK-aware scaling that grows with the sequence; the file's original_max_position_embeddings plays no part in transformers. */
function dynamicTheta({ headDim, ropeTheta, maxPositionEmbeddings }: RopeConfig, factor: number, sequenceLength: number): number {
  const length = Math.max(sequenceLength, maxPositionEmbeddings)
  const stretch = (factor * length) / maxPositionEmbeddings - (factor - 1)
  return ropeTheta * stretch ** (headDim / (headDim - 2))
}

/** Llama 3.1: short wavelengths stay, long ones are stretched, those between go over smoothly. */
function llama3Frequency(frequency: number, scaling: ScalingOf<'llama3'>): number {
  const { factor, lowFreqFactor, highFreqFactor, originalMaxPositionEmbeddings } = scaling
  const wavelength = f32((2 * Math.PI) / frequency)
  if (wavelength < originalMaxPositionEmbeddings / highFreqFactor) return frequency
  if (wavelength > originalMaxPositionEmbeddings / lowFreqFactor) return frequency / factor
  const smooth = f32((originalMaxPositionEmbeddings / wavelength - lowFreqFactor) / (highFreqFactor - lowFreqFactor))
  return ((1 - smooth) * frequency) / factor + smooth * frequency
}

/** YaRN (arXiv 2309.00071), section 3.2: fast dimensions stay, slow ones are interpolated, a ramp between. */
function yarnFrequencies(config: RopeConfig, scaling: ScalingOf<'yarn'>): Float32Array {
  const { headDim, ropeTheta, maxPositionEmbeddings } = config
  const { factor, betaFast, betaSlow, truncate } = scaling
  const originalLength = scaling.originalMaxPositionEmbeddings ?? maxPositionEmbeddings
  /** The dimension that makes this many turns within the original length. */
  const dimensionOfTurns = (turns: number): number =>
    (headDim * Math.log(originalLength / (turns * 2 * Math.PI))) / (2 * Math.log(ropeTheta))
  const [fast, slow] = [dimensionOfTurns(betaFast), dimensionOfTurns(betaSlow)]
  const low = Math.max(truncate ? Math.floor(fast) : fast, 0)
  const limit = Math.min(truncate ? Math.ceil(slow) : slow, headDim - 1)
  const high = limit === low ? limit + 0.001 : limit
  return wavelengths(config).map((wavelength, index) => {
    const ramp = f32(Math.min(Math.max((index - low) / (high - low), 0), 1))
    const kept = f32(1 - ramp)
    const interpolated = f32(1 / f32(factor * wavelength))
    const extrapolated = f32(1 / wavelength)
    return f32(interpolated * f32(1 - kept)) + f32(extrapolated * kept)
  })
}

function yarnAttentionScaling({ factor, attentionFactor, mscale, mscaleAllDim }: ScalingOf<'yarn'>): number {
  if (attentionFactor !== undefined) return attentionFactor
  const scaleBy = (weight: number): number => (factor <= 1 ? 1 : 0.1 * weight * Math.log(factor) + 1)
  // A weight of 0 counts as not given, as in transformers.
  return mscale && mscaleAllDim ? scaleBy(mscale) / scaleBy(mscaleAllDim) : scaleBy(1)
}
