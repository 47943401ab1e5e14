/**
 * @file Reads the stored (never deflated) members of a zip file, zip64 and data descriptors included. Knows nothing of PyTorch.
 * Format: PKWARE APPNOTE.TXT 6.3.10, sections 4.3 to 4.5.
 */
import { crc32 } from 'node:zlib'
import type { ByteSource } from './byte-source.ts'
import { CheckpointFormatError, quote } from './errors.ts'

/** What an archive may hold; each limit says why. */
const zipLimits = {
  /** One member a tensor: a 100-layer model saved whole has some 1,000. */
  memberCount: 100_000,
  /** Member names are `prefix/data/123`. */
  nameLength: 1024,
  /** The directory is held in memory at once; 100,000 members of 80 bytes fit twice. */
  directoryBytes: 16 * 1024 * 1024,
} as const

export interface ZipMember {
  readonly name: string
  readonly sizeBytes: number
  /** Contents, checked against the stored CRC-32. Throws CheckpointFormatError. */
  read(): Uint8Array<ArrayBuffer>
}

const localSignature = 0x04034b50
const centralSignature = 0x02014b50
const endSignature = 0x06054b50
const zip64EndSignature = 0x06064b50
const zip64LocatorSignature = 0x07064b50
const endRecordBytes = 22
const full16 = 0xffff
const full32 = 0xffffffff

/** Members by name. Sizes come from the central directory: with data descriptors the local headers hold zeros. */
export function readZipMembers(source: ByteSource): ReadonlyMap<string, ZipMember> {
  const { path } = source
  const end = findDirectory(source)
  if (end.count > zipLimits.memberCount) throw fault(path, `expected at most ${zipLimits.memberCount} members, found ${end.count}`)
  if (end.size > zipLimits.directoryBytes) {
    throw fault(path, `expected a zip directory of at most ${zipLimits.directoryBytes} bytes, found ${end.size}`)
  }
  const bytes = source.read(end.offset, end.size)
  const members = new Map<string, ZipMember>()
  let at = 0
  let total = 0
  for (let i = 0; i < end.count; i++) {
    const { record, next } = parseCentralRecord(path, bytes, at)
    if (members.has(record.name)) throw fault(path, `expected each member once, found ${quote(record.name)} twice`)
    total += record.size
    // Members that share bytes are how a small archive claims to be a huge one.
    if (total > source.sizeBytes) {
      throw fault(path, `expected members that fit into ${source.sizeBytes} bytes, found them overlapping or beyond the end`)
    }
    members.set(record.name, { name: record.name, sizeBytes: record.size, read: () => readMember(source, record) })
    at = next
  }
  return members
}

interface CentralRecord {
  readonly name: string
  readonly size: number
  readonly crc: number
  readonly headerOffset: number
}

interface Directory {
  readonly count: number
  readonly size: number
  readonly offset: number
}

function findDirectory(source: ByteSource): Directory {
  const { path, sizeBytes } = source
  const tailLength = Math.min(sizeBytes, endRecordBytes + full16)
  const tailStart = sizeBytes - tailLength
  const tail = source.read(tailStart, tailLength)
  const view = new DataView(tail.buffer)
  for (let at = tailLength - endRecordBytes; at >= 0; at--) {
    if (view.getUint32(at, true) !== endSignature) continue
    if (at + endRecordBytes + view.getUint16(at + 20, true) !== tailLength) continue
    const plain = { count: view.getUint16(at + 10, true), size: view.getUint32(at + 12, true), offset: view.getUint32(at + 16, true) }
    return findZip64Directory(source, tailStart + at) ?? plain
  }
  throw fault(path, 'expected a zip archive (torch.save of PyTorch 1.6 or later), found no end-of-archive record')
}

/** The 64-bit record is preferred wherever it exists: torch writes it always, with the 32-bit fields filled as well. */
function findZip64Directory(source: ByteSource, endOffset: number): Directory | undefined {
  const locatorOffset = endOffset - 20
  if (locatorOffset < 0) return undefined
  const locator = new DataView(source.read(locatorOffset, 20).buffer)
  if (locator.getUint32(0, true) !== zip64LocatorSignature) return undefined
  const record = new DataView(source.read(safeNumber(source.path, locator.getBigUint64(8, true)), 56).buffer)
  if (record.getUint32(0, true) !== zip64EndSignature) {
    throw fault(source.path, 'expected a zip64 end record where its locator points, found other bytes')
  }
  const field = (at: number) => safeNumber(source.path, record.getBigUint64(at, true))
  return { count: field(32), size: field(40), offset: field(48) }
}

function parseCentralRecord(path: string, bytes: Uint8Array<ArrayBuffer>, at: number): { record: CentralRecord; next: number } {
  const view = new DataView(bytes.buffer)
  if (at + 46 > bytes.length || view.getUint32(at, true) !== centralSignature) {
    throw fault(path, `expected a zip directory entry at byte ${at} of the directory, found none`)
  }
  const nameLength = view.getUint16(at + 28, true)
  const extraLength = view.getUint16(at + 30, true)
  const next = at + 46 + nameLength + extraLength + view.getUint16(at + 32, true)
  if (nameLength > zipLimits.nameLength || next > bytes.length) {
    throw fault(path, `expected a zip directory entry within its directory, found one of ${next - at} bytes`)
  }
  const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameLength))
  const extra = bytes.subarray(at + 46 + nameLength, at + 46 + nameLength + extraLength)
  const flags = view.getUint16(at + 8, true)
  const method = view.getUint16(at + 10, true)
  if (flags & 1) throw fault(path, `expected plain members, found ${quote(name)} encrypted`)
  if (method !== 0) throw fault(path, `expected stored members, found ${quote(name)} compressed with method ${method}`)
  const wide = widenFields(path, extra, [view.getUint32(at + 24, true), view.getUint32(at + 20, true), view.getUint32(at + 42, true)])
  const [size = 0, storedSize = 0, headerOffset = 0] = wide
  if (size !== storedSize) throw fault(path, `expected equal sizes of stored member ${quote(name)}, found ${storedSize} and ${size}`)
  return { record: { name, size, crc: view.getUint32(at + 16, true), headerOffset }, next }
}

/** Replaces fields that are all ones by the 64-bit values of extra field 1, which lists only those, in this order. */
function widenFields(path: string, extra: Uint8Array<ArrayBuffer>, fields: readonly number[]): number[] {
  const view = new DataView(extra.buffer, extra.byteOffset, extra.length)
  let at = 0
  while (at + 4 <= extra.length && view.getUint16(at, true) !== 1) at += 4 + view.getUint16(at + 2, true)
  at += 4
  return fields.map((field) => {
    if (field !== full32) return field
    if (at + 8 > extra.length) throw fault(path, 'expected a 64-bit size in the zip directory, found none')
    const wide = safeNumber(path, view.getBigUint64(at, true))
    at += 8
    return wide
  })
}

function readMember(source: ByteSource, { name, size, crc, headerOffset }: CentralRecord): Uint8Array<ArrayBuffer> {
  const { path } = source
  const header = new DataView(source.read(headerOffset, 30).buffer)
  if (header.getUint32(0, true) !== localSignature) {
    throw fault(path, `expected member ${quote(name)} at byte ${headerOffset}, found other bytes`)
  }
  // The local extra field is torch's alignment padding and differs from the directory's.
  const dataOffset = headerOffset + 30 + header.getUint16(26, true) + header.getUint16(28, true)
  const bytes = source.read(dataOffset, size)
  // torch.serialization.set_crc32_options(False) writes no checksum.
  const found = crc32(bytes)
  if (crc !== 0 && found !== crc) {
    throw fault(path, `expected CRC-32 ${hex(crc)} of member ${quote(name)}, found ${hex(found)}: the file is damaged`)
  }
  return bytes
}

function safeNumber(path: string, value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw fault(path, `expected sizes below 2^53, found ${value}`)
  return Number(value)
}

function hex(value: number): string {
  return value.toString(16).padStart(8, '0')
}

function fault(path: string, problem: string): CheckpointFormatError {
  return new CheckpointFormatError({ path }, problem)
}
