/** @file What is drawn of streams of any length. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { EvenDraw } from './even-draw.ts'

test('as many as are wanted are drawn in order, no two gaps of which differ much', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2000 }), fc.integer({ min: 1, max: 50 }), (length, limit) => {
      const draw = new EvenDraw<number>(limit)
      for (let item = 0; item < length; item++) draw.offer(item)
      const drawn = draw.take()
      expect(draw.offered).toBe(length)
      expect(drawn).toHaveLength(Math.min(length, limit))
      const gaps = drawn.slice(1).map((item, i) => item - drawn[i]!)
      if (gaps.length > 0) expect(Math.max(...gaps)).toBeLessThanOrEqual(2 * Math.min(...gaps))
      expect(gaps.every((gap) => gap > 0)).toBe(true)
    }),
  )
})
