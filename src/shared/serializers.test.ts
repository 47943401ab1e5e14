/** @file Typed arrays cross RPC bit for bit, whatever their length and whatever they are a view of. */
import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { jsonSerializers } from './serializers.ts'

/** The way of a value over RPC by the serializer that takes it. */
function cross(value: unknown): unknown {
  const serializer = jsonSerializers.find(({ condition }) => condition(value)) ?? expect.fail('no serializer takes it')
  return serializer.deserialize(JSON.parse(JSON.stringify(serializer.serialize(value as never))) as never) // the condition held
}

test.each([
  ['float32', fc.float32Array({ maxLength: 40 })],
  ['float64', fc.float64Array({ maxLength: 40 })],
  ['int32', fc.int32Array({ maxLength: 40 })],
  ['uint8', fc.uint8Array({ maxLength: 40 })],
] as const)('%s arrays come back as they were', (_, anyArray) => {
  fc.assert(
    fc.property(anyArray as fc.Arbitrary<Float32Array | Float64Array | Int32Array | Uint8Array>, fc.nat({ max: 5 }), (array, start) => {
      const view = array.subarray(start)
      expect(cross(view)).toEqual(view.slice())
    }),
  )
})

test.each([6_143, 6_144, 6_145, 18_432, 100_000])('an array of %i numbers, around the size of a chunk and above it, comes back as it was', (length) => {
  const numbers = Float32Array.from({ length }, (_, index) => Math.sin(index))
  expect(cross(numbers)).toEqual(numbers)
})

test('a page, which lacks the host’s fast way, writes the same text', async () => {
  vi.stubGlobal('Buffer', undefined)
  vi.resetModules()
  const { jsonSerializers: ofPage } = await import('./serializers.ts')
  vi.unstubAllGlobals()
  const numbers = Float64Array.from({ length: 20_001 }, (_, index) => Math.sin(index)).subarray(3)
  const texts = [jsonSerializers, ofPage].map((serializers) => serializers.find(({ condition }) => condition(numbers))?.serialize(numbers as never))
  expect(texts[1]).toBe(texts[0])
  expect(texts[0]).toHaveLength(4 * Math.ceil((8 * 19_998) / 3))
})
