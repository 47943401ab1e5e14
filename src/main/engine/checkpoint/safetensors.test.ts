/** @file The safetensors reader against lying headers and damaged bytes, and write-to-read round trips. */
import fc from 'fast-check'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { damaged, readOrRefuse } from '../../../../test/support/hostile-bytes.ts'
import { hostTensor, type HostTensor } from '../tensor/host-tensor.ts'
import { bytesSource } from './byte-source.ts'
import { parseSafetensorsHeader, readSafetensorsHeader, readTensor, safetensorsLimits } from './safetensors.ts'
import { safetensorsChunks, writeSafetensors } from './safetensors-writer.ts'

const directory = mkdtempSync(join(tmpdir(), 'safetensors-'))
afterAll(() => rmSync(directory, { recursive: true }))

const anyTensor = fc
  .array(fc.nat({ max: 4 }), { maxLength: 3 })
  .chain((shape) => {
    const count = shape.reduce((product, size) => product * size, 1)
    return fc.array(fc.float(), { minLength: count, maxLength: count }).map((values) => hostTensor(shape, Float32Array.from(values)))
  })
const anyTensors = fc.dictionary(fc.string({ minLength: 1, maxLength: 12 }).filter((name) => name !== '__metadata__' && name !== '__proto__'), anyTensor, { maxKeys: 5 })

function encode(tensors: ReadonlyMap<string, HostTensor>): Uint8Array {
  return Buffer.concat([...safetensorsChunks(tensors, { format: 'pt' })])
}

/** A file with this header text and `dataBytes` zero bytes after it. */
function fileWith(header: unknown, dataBytes: number): Uint8Array {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header))
  const bytes = new Uint8Array(8 + text.length + dataBytes)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true)
  bytes.set(text, 8)
  return bytes
}

const parse = (bytes: Uint8Array) => parseSafetensorsHeader(bytesSource('/m/model.safetensors', bytes))
const entry = (begin: number, end: number, shape: unknown = [1], dtype: unknown = 'F32') => ({ dtype, shape, data_offsets: [begin, end] })

test('what is written is read back, name by name and bit by bit', () => {
  const path = join(directory, 'round.safetensors')
  fc.assert(
    fc.property(anyTensors, (tensors) => {
      writeSafetensors(path, new Map(Object.entries(tensors)), { format: 'pt', note: 'x' })
      const header = readSafetensorsHeader(path)
      expect(header.metadata).toEqual({ format: 'pt', note: 'x' })
      const read = [...header.entries].map(([name, location]) => [name, readTensor({ ...location, name, file: header.path })])
      expect(Object.fromEntries(read)).toEqual(tensors)
    }),
    { numRuns: 60 },
  )
  expect(readdirSync(directory)).toEqual(['round.safetensors'])
})

describe('a lying header is refused with the file and the tensor named', () => {
  test.each([
    ['a file of 7 bytes', new Uint8Array(7), /at least 8 bytes, found 7/],
    ['a header longer than the file', fileWith({}, 0).subarray(0, 9), /expected a header of 2 bytes, found a file of 9/],
    ['a header that is no JSON', fileWith('{"a":', 0), /expected JSON/],
    ['a header that is a list', fileWith('[]', 0), /starting with "\{"/],
    ['a header that is not UTF-8', fileWith('{"a\u0000b":1}', 0).fill(0xff, 10, 12), /UTF-8/],
    ['a tensor beyond the end', fileWith({ w: entry(0, 4) }, 3), /"w".*end at .*found the end of the file/],
    ['bytes after the last tensor', fileWith({ w: entry(0, 4) }, 5), /found 1 bytes more/],
    ['overlapping tensors', fileWith({ v: entry(0, 8, [2]), w: entry(4, 8) }, 8), /"w".*an overlap/],
    ['a tensor moved onto another, which leaves a hole elsewhere', fileWith({ u: entry(0, 4), v: entry(12, 16), w: entry(8, 12), x: entry(12, 16) }, 16), /"[vx]".*an overlap with tensor "[vx]"/],
    ['a tensor moved beyond the end, which leaves a hole elsewhere', fileWith({ u: entry(0, 4), v: entry(400, 404), w: entry(8, 12) }, 12), /"v".*found the end of the file/],
    ['a hole between tensors', fileWith({ v: entry(0, 4), w: entry(8, 12) }, 12), /"w".*a hole/],
    ['a byte range that does not fit the shape', fileWith({ w: entry(0, 8) }, 8), /"w".*expected 4 bytes for F32 \[1\], found offsets 0 to 8/],
    ['offsets in the wrong order', fileWith({ w: entry(4, 0) }, 4), /"w".*found offsets 4 to 0/],
    ['an unknown dtype', fileWith({ w: entry(0, 4, [1], 'F31') }, 4), /"w".*field "dtype".*found "F31"/],
    ['a negative dimension', fileWith({ w: entry(0, 4, [-1]) }, 4), /"w".*field "shape\.0"/],
    ['a fractional dimension', fileWith({ w: entry(0, 4, [0.5]) }, 4), /"w".*field "shape\.0"/],
    ['an unsafe integer', fileWith('{"w":{"dtype":"U8","shape":[9007199254740993],"data_offsets":[0,9007199254740993]}}', 0), /"w".*field "shape\.0"/],
    ['a shape whose product is unsafe', fileWith({ w: entry(0, 4, [2 ** 30, 2 ** 30]) }, 4), /"w".*below 2\^53 bytes/],
    ['too many dimensions', fileWith({ w: entry(0, 4, Array.from({ length: safetensorsLimits.rank + 1 }, () => 1)) }, 4), /"w".*field "shape"/],
    ['a name that is too long', fileWith({ ['w'.repeat(safetensorsLimits.nameLength + 1)]: entry(0, 4) }, 4), /name of at most/],
    ['one name twice', fileWith(`{"w":${JSON.stringify(entry(0, 4))},"\\u0077":${JSON.stringify(entry(0, 4))}}`, 4), /field "w": expected each key once/],
    ['metadata that is not text', fileWith({ __metadata__: { a: 1 } }, 0), /field "a"/],
  ])('%s', (_title, bytes, message) => {
    expect(() => parse(bytes)).toThrow(message)
    expect(() => parse(bytes)).toThrow('/m/model.safetensors')
  })

  test('a header length beyond the limit is refused before anything is allocated', () => {
    const bytes = new Uint8Array(8)
    new DataView(bytes.buffer).setBigUint64(0, 2n ** 63n, true)
    expect(() => parse(bytes)).toThrow(`at most ${safetensorsLimits.headerBytes} bytes`)
  })
})

test('a tensor of integers is not read as floats', () => {
  const location = { name: 'ids', file: '/m/x', dtype: 'I64', shape: [1], byteOffset: 0, byteLength: 8 } as const
  expect(() => readTensor(location)).toThrow('/m/x, tensor "ids": expected dtype F32, F16 or BF16, found I64')
})

test('random bytes and damaged files are refused or read, never anything else', () => {
  const valid = encode(new Map([['a', hostTensor([2, 3], new Float32Array(6))], ['b', hostTensor([], Float32Array.of(1))]]))
  const check = (bytes: Uint8Array) => {
    const header = readOrRefuse(() => parse(bytes))
    for (const { byteOffset, byteLength } of header?.entries.values() ?? []) expect(byteOffset + byteLength).toBeLessThanOrEqual(bytes.length)
  }
  fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), check), { numRuns: 300 })
  fc.assert(fc.property(damaged(valid), check), { numRuns: 1000 })
  const anyHeader = fc.dictionary(fc.string({ maxLength: 4 }), fc.oneof(fc.jsonValue(), fc.record({ dtype: fc.constantFrom('F32', 'U8', 'x'), shape: fc.array(fc.integer(), { maxLength: 3 }), data_offsets: fc.array(fc.integer(), { maxLength: 3 }) })))
  fc.assert(fc.property(anyHeader, fc.nat({ max: 32 }), (header, length) => check(fileWith(header, length))), { numRuns: 500 })
})

test('a write that fails leaves the old file and no partial one', () => {
  const path = join(directory, 'kept.safetensors')
  writeSafetensors(path, new Map([['a', hostTensor([1], Float32Array.of(1))]]))
  const before = readFileSync(path)
  const failing = new Map([['a', { dtype: 'F32', shape: [1], get data(): Float32Array { throw new Error('disk full') } } as const]])
  expect(() => writeSafetensors(path, failing)).toThrow('disk full')
  expect(readFileSync(path)).toEqual(before)
  expect(readdirSync(directory).filter((name) => name.includes('partial'))).toEqual([])
})
