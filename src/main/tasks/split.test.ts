/** @file Splits have the reference's sizes, lose nothing and depend on their seed alone. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { shuffle } from './shuffle.ts'
import { splitSamples } from './split.ts'

const range = (length: number) => Array.from({ length }, (_, i) => i)

describe('shuffle', () => {
  test('keeps every item, and the given order as it was', () => {
    fc.assert(
      fc.property(fc.array(fc.nat()), fc.nat(), (items, seed) => {
        const before = [...items]
        expect(shuffle(items, seed, 'test').sort()).toEqual([...items].sort())
        expect(items).toEqual(before)
      }),
    )
  })

  test('draws the same order for a seed and purpose, and others otherwise, beyond 32 bits too', () => {
    const order = (seed: number, purpose = 'split') => shuffle(range(50), seed, purpose).join()
    expect(order(42)).toBe(order(42))
    expect(new Set([order(42), order(43), order(42 + 2 ** 32), order(42, 'epoch 1')]).size).toBe(4)
  })

  test('does not change between versions', () => {
    expect(shuffle(range(10), 42, 'split')).toMatchInlineSnapshot(`
      [
        8,
        6,
        9,
        0,
        2,
        7,
        1,
        5,
        3,
        4,
      ]
    `)
  })

  test('draws every order of three items about as often', () => {
    const counts = new Map<string, number>()
    for (let seed = 0; seed < 6000; seed++) {
      const order = shuffle(['a', 'b', 'c'], seed, 'test').join('')
      counts.set(order, (counts.get(order) ?? 0) + 1)
    }
    expect(counts.size).toBe(6)
    // 1000 each with a standard deviation of 29.
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(150)
  })
})

describe('splitSamples', () => {
  test.each([
    // GSM8K: int(7473 * 0.1) of its training part.
    { count: 7473, ratios: { validation: 0.1 }, sizes: { train: 6726, validation: 747, test: 0 } },
    // KodCode: int(10000 * 0.2), then int(8000 * 0.1 / (0.7 + 0.1)), where Python divides to just above 1000.
    { count: 10_000, ratios: { train: 0.7, validation: 0.1, test: 0.2 }, sizes: { train: 7000, validation: 1000, test: 2000 } },
    { count: 9, ratios: { validation: 0.1 }, sizes: { train: 9, validation: 0, test: 0 } },
  ])('cuts $count samples as the reference does', ({ count, ratios, sizes }) => {
    const { train, validation, test } = splitSamples(range(count), ratios, 1)
    expect({ train: train.length, validation: validation.length, test: test.length }).toEqual(sizes)
  })

  test('puts every sample into one part, the same one for the same seed', () => {
    const ratios = { train: 0.5, validation: 0.25, test: 0.25 }
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), fc.nat(), (count, seed) => {
        const { train, validation, test, seed: recorded } = splitSamples(range(count), ratios, seed)
        expect([...train, ...validation, ...test].sort((a, b) => a - b)).toEqual(range(count))
        expect(recorded).toBe(seed)
        expect(splitSamples(range(count), ratios, seed).validation).toEqual(validation)
      }),
    )
  })

  test('refuses ratios that are none and parts that leave nothing to train on', () => {
    expect(() => splitSamples(range(10), { validation: 1.5 }, 1)).toThrow('expected ratios from 0 to 1, found 1.5')
    expect(() => splitSamples(range(10), { train: 0.5, validation: 0.1, test: 0.1 }, 1)).toThrow('expected ratios that sum to 1')
    expect(() => splitSamples(range(10), { validation: 1 }, 1)).toThrow('expected samples left to train on')
    expect(() => splitSamples([], { validation: 0 }, 1)).toThrow('found 0 in all')
  })
})
