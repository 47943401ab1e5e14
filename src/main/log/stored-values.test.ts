/** @file Values come back from their stored form as they were. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { fromStoredText, jsonColumn, matrixDataColumn, MAX_STORED_EXPANSION, numberColumn, toShortFloat32, toStoredJson, toStoredMatrix, toStoredReal, toStoredText } from './stored-values.ts'

const anyUnits = fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 30 }).map((units) => String.fromCharCode(...units))

describe('stored text', () => {
  it('comes back as it was, whatever the UTF-16', () => {
    fc.assert(fc.property(anyUnits, (text) => fromStoredText(toStoredText(text)) === text))
  })

  it('is well-formed, without U+0000, and at most MAX_STORED_EXPANSION times as long', () => {
    fc.assert(
      fc.property(anyUnits, (text) => {
        const stored = toStoredText(text)
        expect(stored.isWellFormed()).toBe(true)
        expect(stored).not.toContain('\0')
        expect(stored.length).toBeLessThanOrEqual(text.length * MAX_STORED_EXPANSION)
      }),
    )
  })

  it('leaves ordinary text alone, emoji included', () => {
    const text = 'Zażółć \\u0000 100% 🧠 <|im_start|>\n'
    expect(toStoredText(text)).toBe(text)
  })
})

describe('stored numbers', () => {
  it('come back from a column and from JSON, NaN and infinities included', () => {
    for (const value of [0, -1.5, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 5e-324]) {
      expect(numberColumn.parse(toStoredReal(value))).toBe(value)
      expect(jsonColumn(z.array(numberColumn)).parse(toStoredJson([value]))).toEqual([value])
    }
  })

  it('are refused where something else stands', () => {
    expect(numberColumn.safeParse('12').success).toBe(false)
    expect(numberColumn.safeParse(null).success).toBe(false)
  })
})

describe('a short float32', () => {
  it('is the float32 it stands for, in at most nine digits', () => {
    fc.assert(
      // Negative zero is recorded as zero.
      fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0), (value) => {
        const short = toShortFloat32(value)
        expect(Math.fround(short)).toBe(value)
        expect(short.toExponential().replace(/e.*|[-.]/g, '').length).toBeLessThanOrEqual(9)
      }),
    )
    expect(toShortFloat32(Math.fround(0.1))).toBe(0.1)
  })
})

describe('stored matrices', () => {
  it('keep every bit, also the payload of a NaN', () => {
    const data = new Float32Array(new Uint32Array([0x7fc12345, 0x80000000, 0xff800000, 1]).buffer)
    const back = matrixDataColumn.parse(toStoredMatrix({ rows: 2, columns: 2, data }))
    expect(new Uint32Array(back.buffer)).toEqual(new Uint32Array(data.buffer))
  })

  it('are read from bytes at an odd offset', () => {
    const bytes = new Uint8Array(9).subarray(1)
    new DataView(bytes.buffer).setFloat32(1, 1.5, true)
    expect([...matrixDataColumn.parse(bytes)]).toEqual([1.5, 0])
  })

  it('are refused when their shape contradicts their data', () => {
    expect(() => toStoredMatrix({ rows: 2, columns: 2, data: new Float32Array(3) })).toThrow('internal: a matrix of 2 x 2 holds 3 numbers')
  })
})

it('JSON that does not parse is refused with the reason', () => {
  expect(jsonColumn(z.array(z.int())).safeParse('[1,').error?.issues[0]?.message).toContain('expected JSON')
})
