/** @file All 65536 bit patterns of both 16-bit floats against a slow reference. Does not measure speed. */
import { describe, expect, test } from 'vitest'
import { bfloat16ToFloat32, float16ToFloat32, float32ToBfloat16, float32ToFloat16 } from './half.ts'

const everyPattern = Uint16Array.from({ length: 65536 }, (_, bits) => bits)

interface Layout {
  readonly exponentBits: number
  readonly fractionBits: number
}

const float16: Layout = { exponentBits: 5, fractionBits: 10 }
const bfloat16: Layout = { exponentBits: 8, fractionBits: 7 }

/** The value of a bit pattern, straight from the definition of an IEEE float. */
function slowValue(bits: number, { exponentBits, fractionBits }: Layout): number {
  const sign = bits & 0x8000 ? -1 : 1
  const top = 2 ** exponentBits - 1
  const bias = 2 ** (exponentBits - 1) - 1
  const exponent = (bits >>> fractionBits) & top
  const fraction = (bits & (2 ** fractionBits - 1)) / 2 ** fractionBits
  if (exponent === top) return fraction === 0 ? sign * Infinity : NaN
  if (exponent === 0) return sign * fraction * 2 ** (1 - bias)
  return sign * (1 + fraction) * 2 ** (exponent - bias)
}

/** All finite magnitudes in ascending order, index = bit pattern, with one more value beyond the largest for overflow. */
function magnitudes(layout: Layout): number[] {
  const infinity = (2 ** layout.exponentBits - 1) << layout.fractionBits
  const finite = Array.from({ length: infinity }, (_, bits) => slowValue(bits, layout))
  return [...finite, 2 * finite.at(-1)! - finite.at(-2)!]
}

describe.each([
  ['F16', float16, float16ToFloat32, float32ToFloat16],
  ['BF16', bfloat16, bfloat16ToFloat32, float32ToBfloat16],
] as const)('%s', (_name, layout, widen, narrow) => {
  test('widens every pattern to the value its definition gives', () => {
    const widened = widen(everyPattern)
    const wrong = [...everyPattern].filter((bits) => !Object.is(widened[bits], slowValue(bits, layout)))
    expect(wrong).toEqual([])
  })

  test('narrows every widened number back to the same bits, and every NaN to a NaN', () => {
    const back = narrow(widen(everyPattern))
    const wrong = [...everyPattern].filter((bits) =>
      Number.isNaN(slowValue(bits, layout)) ? !Number.isNaN(slowValue(back[bits]!, layout)) : back[bits] !== bits,
    )
    expect(wrong).toEqual([])
  })

  test('rounds the middle between two neighbours to the even one, and its float32 neighbours to the nearer one', () => {
    const values = magnitudes(layout)
    const middles = Float32Array.from(values.slice(0, -1), (value, i) => value + (values[i + 1]! - value) / 2)
    const bits = new Uint32Array(middles.buffer)
    const below = new Float32Array(bits.map((b) => b - 1).buffer)
    const above = new Float32Array(bits.map((b) => b + 1).buffer)
    const even = Uint16Array.from(middles, (_, i) => (i % 2 === 0 ? i : i + 1))
    expect(narrow(middles)).toEqual(even)
    expect(narrow(below).every((b, i) => b === i)).toBe(true)
    expect(narrow(above).every((b, i) => b === i + 1)).toBe(true)
  })
})

test('a NaN whose payload sits only in the low bits stays a NaN in both formats', () => {
  const lowPayload = new Float32Array(new Uint32Array([0x7f800001, 0xff800001]).buffer)
  expect([...bfloat16ToFloat32(float32ToBfloat16(lowPayload))]).toEqual([NaN, NaN])
  expect([...float16ToFloat32(float32ToFloat16(lowPayload))]).toEqual([NaN, NaN])
})
