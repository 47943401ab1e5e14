/** @file Event files: written ones are read back, damaged ones refused with the place. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeEventFile, encodeEventFile, type Scalar } from './tensorboard-file.ts'

const scalars: Scalar[] = [
  { tag: 'train/loss', step: 1, value: 2.5, wallTime: 1_700_000_000.25 },
  { tag: 'train/loss', step: 2 ** 40, value: -0.125, wallTime: 1_700_000_001 },
]
const file = Buffer.from(encodeEventFile(scalars, 1_700_000_000))

test('scalars come back', () => {
  expect(decodeEventFile('f', file)).toEqual(scalars)
})

test('any scalars of 32 bits come back', () => {
  const scalar = fc.record({ tag: fc.string(), step: fc.integer({ min: 0 }), value: fc.float({ noNaN: true }), wallTime: fc.double({ min: 0, max: 1e10, noNaN: true }) })
  fc.assert(fc.property(fc.array(scalar), (given) => {
    expect(decodeEventFile('f', Buffer.from(encodeEventFile(given, 0)))).toEqual(given)
  }))
})

// A float of 'a/b' at step 3 by hand from the proto definitions: dtype 1, float_val packed.
test('a scalar that a newer writer holds as a tensor is read', () => {
  const tensor = Buffer.from([0x08, 0x01, 0x2a, 0x04, 0x00, 0x00, 0x00, 0x3f])
  const value = Buffer.concat([Buffer.from([0x0a, 0x03]), Buffer.from('a/b'), Buffer.from([0x42, tensor.length]), tensor])
  const summary = Buffer.concat([Buffer.from([0x0a, value.length]), value])
  const event = Buffer.concat([Buffer.from([0x10, 0x03, 0x2a, summary.length]), summary])
  expect(decodeEventFile('f', withRecord(event))).toEqual([{ tag: 'a/b', step: 3, value: 0.5, wallTime: 0 }])
})

test('a record torn off at the end is left out', () => {
  for (let cut = file.length - 1; cut > file.length - 20; cut--) expect(decodeEventFile('f', file.subarray(0, cut))).toEqual(scalars.slice(0, 1))
})

test('damage is named with its place', () => {
  const damaged = Buffer.from(file)
  damaged[40] = (damaged[40] ?? 0) ^ 1
  expect(() => decodeEventFile('f', damaged)).toThrow(/^f, byte \d+: a record/)
  expect(() => decodeEventFile('f', Buffer.from('not an event file at all'))).toThrow('expected a TensorBoard event file')
  expect(() => decodeEventFile('f', Buffer.alloc(0))).toThrow('expected a TensorBoard event file')
})

/** The event inside a record whose sums are right: those of a file with one event of the same length are replaced. */
function withRecord(event: Buffer): Buffer {
  const padding = encodeEventFile([], 0)
  const record = Buffer.from(encodeRecordOf(event))
  return Buffer.concat([padding, record])
}

function encodeRecordOf(event: Buffer): Uint8Array {
  const header = Buffer.alloc(8)
  header.writeBigUInt64LE(BigInt(event.length))
  const sum = (data: Uint8Array): Buffer => {
    const crc = Buffer.alloc(4)
    crc.writeUInt32LE(masked(data))
    return crc
  }
  return Buffer.concat([header, sum(header), event, sum(event)])
}

function masked(data: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of data) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
  }
  const value = (crc ^ 0xffffffff) >>> 0
  return (((value >>> 15) | (value << 17)) + 0xa282ead8) >>> 0
}
