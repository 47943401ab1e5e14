/** @file Streams depend on their seed alone and go on where they were left. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createStreams, restoreStreams, streamStates, type RandomStream } from './random-streams.ts'

const seed = fc.record({ seed: fc.integer(), sampleId: fc.string(), repeat: fc.nat() })

function draw(stream: RandomStream, count: number): number[] {
  return Array.from({ length: count }, () => stream.next())
}

test('the same seed, sample and repeat draw the same numbers', () => {
  fc.assert(
    fc.property(seed, (seed) => {
      expect(draw(createStreams(seed).token, 5)).toEqual(draw(createStreams(seed).token, 5))
    }),
  )
})

test('another seed, sample, repeat or purpose draws other numbers', () => {
  const base = { seed: 1, sampleId: 'a', repeat: 0 }
  const seeds = [base, { ...base, seed: 2 }, { ...base, sampleId: 'b' }, { ...base, repeat: 1 }, { seed: 1, sampleId: 'a,0', repeat: 0 }]
  const firsts = seeds.flatMap((seed) => Object.values(createStreams(seed)).map((stream) => stream.next()))
  expect(new Set(firsts).size).toBe(seeds.length * 3)
})

test('numbers do not change between versions', () => {
  const streams = createStreams({ seed: 42, sampleId: 'gsm8k-7', repeat: 0 })
  expect(streamStates(streams)).toMatchInlineSnapshot(`
    {
      "policy": [
        1174420179,
        -973676331,
        125560686,
        -992240844,
      ],
      "token": [
        -1845287507,
        -2024863911,
        1784107790,
        -246679562,
      ],
      "trigger": [
        -164580866,
        -2072404235,
        -1494453832,
        430975849,
      ],
    }
  `)
  expect(draw(streams.token, 3)).toMatchInlineSnapshot(`
    [
      0.15136455331798881,
      0.5582414497385962,
      0.2754020704503236,
    ]
  `)
})

test('a restored stream goes on where the state was taken, and its origin is untouched', () => {
  fc.assert(
    fc.property(seed, fc.nat({ max: 50 }), (seed, before) => {
      const streams = createStreams(seed)
      draw(streams.trigger, before)
      const states = JSON.parse(JSON.stringify(streamStates(streams))) as ReturnType<typeof streamStates>
      const ahead = draw(streams.trigger, 10)
      expect(draw(restoreStreams(states).trigger, 10)).toEqual(ahead)
      expect(draw(restoreStreams(states).trigger, 10)).toEqual(ahead)
    }),
  )
})

test('drawing from one stream leaves the others alone', () => {
  const [touched, untouched] = [1, 2].map(() => createStreams({ seed: 0, sampleId: '', repeat: 0 }))
  draw(touched!.trigger, 7)
  expect(touched!.token.next()).toBe(untouched!.token.next())
})

test('numbers are spread evenly over [0, 1) and use all 53 bits', () => {
  const numbers = draw(createStreams({ seed: 3, sampleId: 'x', repeat: 0 }).policy, 20_000)
  expect(numbers.every((value) => value >= 0 && value < 1 && Number.isInteger(value * 2 ** 53))).toBe(true)
  expect(numbers.some((value) => !Number.isInteger(value * 2 ** 52))).toBe(true)
  // Standard deviations: 0.002 of the mean, 0.0031 of a tenth's share.
  expect(numbers.reduce((sum, value) => sum + value, 0) / numbers.length).toBeCloseTo(0.5, 2)
  for (let tenth = 0; tenth < 10; tenth += 1) {
    const share = numbers.filter((value) => Math.floor(value * 10) === tenth).length / numbers.length
    expect(Math.abs(share - 0.1)).toBeLessThan(0.012)
  }
})
