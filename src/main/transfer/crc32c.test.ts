/** @file CRC-32C against published values. */
import { expect, test } from 'vitest'
import { crc32c } from './crc32c.ts'

// RFC 3720, appendix B.4, and the check value of the CRC catalogue.
test.each([
  [new Uint8Array(32), 0x8a9136aa],
  [new Uint8Array(32).fill(0xff), 0x62a8ab43],
  [Uint8Array.from({ length: 32 }, (_, index) => index), 0x46dd794e],
  [Buffer.from('123456789'), 0xe3069283],
])('%j has the checksum %d', (data, checksum) => {
  expect(crc32c(data)).toBe(checksum)
})
