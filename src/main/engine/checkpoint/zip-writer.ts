/**
 * @file Writes stored members as a zip file, each member's data aligned as torch aligns it. Knows nothing of pickles.
 * Format: PKWARE APPNOTE.TXT 6.3.10, sections 4.3 and 4.4.
 */
import { crc32 } from 'node:zlib'

/** torch aligns every member's data to this, so that it can be mapped. */
const alignment = 64

/** 1980-01-01, the zero of zip's calendar: equal states give equal files. */
const zipDate = (1 << 5) | 1

/** The bytes of a zip archive of stored members, chunk by chunk. Throws above 4 GiB: the small parts it is for never get there. */
export function* zipChunks(members: readonly (readonly [string, Uint8Array])[]): Generator<Uint8Array> {
  const directory: Uint8Array[] = []
  let offset = 0
  for (const [name, bytes] of members) {
    const encodedName = new TextEncoder().encode(name)
    const unpadded = offset + 30 + encodedName.length + 4
    const padding = (alignment - (unpadded % alignment)) % alignment
    const fields = { encodedName, crc: crc32(bytes), size: bytes.length }
    const header = localHeader(fields, padding)
    directory.push(centralRecord(fields, offset))
    yield header
    yield bytes
    offset += header.length + bytes.length
  }
  const directorySize = directory.reduce((sum, record) => sum + record.length, 0)
  if (offset + directorySize > 0xffffffff) throw new Error('internal: an archive above 4 GiB would need zip64')
  yield* directory
  yield endRecord(members.length, directorySize, offset)
}

interface MemberFields {
  readonly encodedName: Uint8Array
  readonly crc: number
  readonly size: number
}

function localHeader({ encodedName, crc, size }: MemberFields, padding: number): Uint8Array {
  const bytes = new Uint8Array(30 + encodedName.length + 4 + padding)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, 0x04034b50, true)
  writeCommonFields(view, 4, { crc, size, nameLength: encodedName.length, extraLength: 4 + padding })
  bytes.set(encodedName, 30)
  // Extra field "FB": torch's name for alignment padding.
  const extra = 30 + encodedName.length
  view.setUint16(extra, 0x4246, true)
  view.setUint16(extra + 2, padding, true)
  return bytes
}

function centralRecord({ encodedName, crc, size }: MemberFields, offset: number): Uint8Array {
  const bytes = new Uint8Array(46 + encodedName.length)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, 0x02014b50, true)
  view.setUint16(4, 20, true)
  writeCommonFields(view, 6, { crc, size, nameLength: encodedName.length, extraLength: 0 })
  view.setUint32(42, offset, true)
  bytes.set(encodedName, 46)
  return bytes
}

/** The 26 bytes that local headers and directory records share: version 2.0, UTF-8 names, stored, date, CRC-32, sizes, lengths. */
function writeCommonFields(view: DataView, at: number, fields: { crc: number; size: number; nameLength: number; extraLength: number }): void {
  view.setUint16(at, 20, true)
  view.setUint16(at + 2, 0x0800, true)
  view.setUint16(at + 8, zipDate, true)
  view.setUint32(at + 10, fields.crc, true)
  view.setUint32(at + 14, fields.size, true)
  view.setUint32(at + 18, fields.size, true)
  view.setUint16(at + 22, fields.nameLength, true)
  view.setUint16(at + 24, fields.extraLength, true)
}

function endRecord(count: number, directorySize: number, directoryOffset: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(22))
  view.setUint32(0, 0x06054b50, true)
  view.setUint16(8, count, true)
  view.setUint16(10, count, true)
  view.setUint32(12, directorySize, true)
  view.setUint32(16, directoryOffset, true)
  return new Uint8Array(view.buffer)
}
