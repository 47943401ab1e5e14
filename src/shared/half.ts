/** @file The two 16-bit floats, IEEE half (F16) and bfloat16 (BF16), to and from float32. Knows nothing of files or shapes. */

const scratchFloat = new Float32Array(1)
const scratchBits = new Uint32Array(scratchFloat.buffer)

/** float32 bit pattern of every one of the 65536 halves; 256 KiB, built on first use. */
let halfTable: Uint32Array | undefined

/** Widens F16 bits `[n] uint16` to `[n] float32`; exact, NaN payloads kept. */
export function float16ToFloat32(bits: Uint16Array): Float32Array {
  halfTable ??= Uint32Array.from({ length: 65536 }, (_, half) => widenHalf(half))
  const out = new Uint32Array(bits.length)
  for (let i = 0; i < bits.length; i++) out[i] = halfTable[bits[i]!]!
  return new Float32Array(out.buffer)
}

/** Widens BF16 bits `[n] uint16` to `[n] float32`; exact, NaN payloads kept: bfloat16 is the upper half of a float32. */
export function bfloat16ToFloat32(bits: Uint16Array): Float32Array {
  const out = new Uint32Array(bits.length)
  for (let i = 0; i < bits.length; i++) out[i] = bits[i]! << 16
  return new Float32Array(out.buffer)
}

/** Rounds `[n] float32` to F16 bits `[n] uint16`, ties to even; overflow gives infinity, every NaN stays a NaN. */
export function float32ToFloat16(values: Float32Array): Uint16Array {
  const source = bitsOf(values)
  return Uint16Array.from(source, narrowToHalf)
}

/** Rounds `[n] float32` to BF16 bits `[n] uint16`, ties to even; every NaN stays a NaN. */
export function float32ToBfloat16(values: Float32Array): Uint16Array {
  const source = bitsOf(values)
  return Uint16Array.from(source, (bits) => {
    // The quiet bit is forced, else a NaN with its payload in the low half would round to infinity.
    if ((bits & 0x7fffffff) > 0x7f800000) return ((bits >>> 16) | 0x40) & 0xffff
    return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16
  })
}

/** Same memory seen as bits: moving a signalling NaN through a JavaScript number may change its payload. */
function bitsOf(values: Float32Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.length)
}

function widenHalf(half: number): number {
  const sign = (half & 0x8000) << 16
  const exponent = (half >>> 10) & 0x1f
  const fraction = half & 0x3ff
  if (exponent === 0x1f) return (sign | 0x7f800000 | (fraction << 13)) >>> 0
  if (exponent !== 0) return (sign | ((exponent + 112) << 23) | (fraction << 13)) >>> 0
  // Subnormal halves are normal float32 numbers: let the float unit normalise fraction * 2^-24.
  scratchFloat[0] = fraction * 2 ** -24
  return (sign | scratchBits[0]!) >>> 0
}

function narrowToHalf(bits: number): number {
  const sign = (bits >>> 16) & 0x8000
  const magnitude = bits & 0x7fffffff
  if (magnitude > 0x7f800000) return sign | 0x7e00 | ((magnitude >>> 13) & 0x3ff)
  // 65520 is halfway between the largest half (65504) and the next power of two.
  if (magnitude >= 0x477ff000) return sign | 0x7c00
  if (magnitude >= 0x38800000) {
    const rounded = magnitude - (112 << 23) + 0xfff + ((magnitude >>> 13) & 1)
    return sign | (rounded >>> 13)
  }
  scratchBits[0] = magnitude
  return sign | roundHalfToEven(scratchFloat[0]! * 2 ** 24)
}

function roundHalfToEven(value: number): number {
  const floor = Math.floor(value)
  const rest = value - floor
  if (rest !== 0.5) return Math.round(value)
  return floor % 2 === 0 ? floor : floor + 1
}
