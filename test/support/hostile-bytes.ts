/** @file Damages valid files in every way a disk or an attacker does, for property tests of readers. Knows no format. */
import fc from 'fast-check'
import { CheckpointFormatError } from '../../src/main/engine/checkpoint/errors.ts'

/** Truncations, bit flips, overwritten ranges and appended bytes of `valid`. */
export function damaged(valid: Uint8Array): fc.Arbitrary<Uint8Array> {
  const position = fc.nat({ max: Math.max(0, valid.length - 1) })
  return fc.oneof(
    position.map((length) => valid.slice(0, length)),
    fc.array(fc.tuple(position, fc.nat({ max: 7 })), { minLength: 1, maxLength: 8 }).map((flips) => {
      const bytes = valid.slice()
      for (const [at, bit] of flips) bytes[at]! ^= 1 << bit
      return bytes
    }),
    fc.tuple(position, fc.uint8Array({ minLength: 1, maxLength: 16 })).map(([at, patch]) => {
      const bytes = valid.slice()
      bytes.set(patch.slice(0, bytes.length - at), at)
      return bytes
    }),
    fc.uint8Array({ minLength: 1, maxLength: 64 }).map((more) => Uint8Array.from([...valid, ...more])),
  )
}

/** Runs a reader that may succeed or throw CheckpointFormatError; anything else is thrown on and fails the property. */
export function readOrRefuse<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof CheckpointFormatError) return undefined
    throw error
  }
}
