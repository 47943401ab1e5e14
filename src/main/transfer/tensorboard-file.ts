/**
 * @file Scalars as TensorBoard's event files hold them, written and read: TFRecords (length, masked CRC-32C, bytes, masked CRC-32C) of
 * `Event` messages. Only the fields of scalars are known; whatever else a file holds is passed over.
 *
 * Source: tensorflow `core/util/event.proto`, `core/framework/summary.proto` and `core/lib/io/record_writer.h`.
 */
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { crc32c } from './crc32c.ts'
import { TransferError } from './errors.ts'

export interface Scalar {
  readonly tag: string
  readonly step: number
  readonly value: number
  /** Unix seconds. */
  readonly wallTime: number
}

const EVENT = { wallTime: 1, step: 2, fileVersion: 3, summary: 5 } as const
const SUMMARY_VALUE = 1
const VALUE = { tag: 1, simpleValue: 2, tensor: 8 } as const
const TENSOR = { floatValues: 5, doubleValues: 6, content: 4, dtype: 1 } as const
const DT_FLOAT = 1
const DT_DOUBLE = 2

/** A whole event file, its version first. */
export function encodeEventFile(scalars: readonly Scalar[], wallTime: number): Uint8Array {
  const events = [encodeVersion(wallTime), ...scalars.map(encodeScalar)]
  return Buffer.concat(events.map(encodeRecord))
}

function encodeVersion(wallTime: number): Uint8Array {
  return new BinaryWriter().tag(EVENT.wallTime, WireType.Bit64).double(wallTime).tag(EVENT.fileVersion, WireType.LengthDelimited).string('brain.Event:2').finish()
}

function encodeScalar({ tag, step, value, wallTime }: Scalar): Uint8Array {
  const entry = new BinaryWriter().tag(VALUE.tag, WireType.LengthDelimited).string(tag).tag(VALUE.simpleValue, WireType.Bit32).float(value).finish()
  const summary = new BinaryWriter().tag(SUMMARY_VALUE, WireType.LengthDelimited).bytes(entry).finish()
  return new BinaryWriter().tag(EVENT.wallTime, WireType.Bit64).double(wallTime).tag(EVENT.step, WireType.Varint).int64(step).tag(EVENT.summary, WireType.LengthDelimited).bytes(summary).finish()
}

const LENGTH_BYTES = 8
const CRC_BYTES = 4

function encodeRecord(data: Uint8Array): Uint8Array {
  const record = Buffer.alloc(LENGTH_BYTES + CRC_BYTES + data.length + CRC_BYTES)
  record.writeBigUInt64LE(BigInt(data.length), 0)
  record.writeUInt32LE(maskedCrc(record.subarray(0, LENGTH_BYTES)), LENGTH_BYTES)
  record.set(data, LENGTH_BYTES + CRC_BYTES)
  record.writeUInt32LE(maskedCrc(data), LENGTH_BYTES + CRC_BYTES + data.length)
  return record
}

/** Every scalar in the file, in its order; a record that was torn off at the end is left out. Throws TransferError where the file is no such file. */
export function decodeEventFile(path: string, bytes: Buffer): Scalar[] {
  const scalars: Scalar[] = []
  let offset = 0
  while (offset + LENGTH_BYTES + CRC_BYTES <= bytes.length) {
    const place = `byte ${offset}`
    if (bytes.readUInt32LE(offset + LENGTH_BYTES) !== maskedCrc(bytes.subarray(offset, offset + LENGTH_BYTES))) {
      throw new TransferError(path, place, offset === 0 ? 'expected a TensorBoard event file, found something else' : 'a record’s length is damaged')
    }
    const start = offset + LENGTH_BYTES + CRC_BYTES
    const end = start + Number(bytes.readBigUInt64LE(offset))
    if (end + CRC_BYTES > bytes.length) break
    const data = bytes.subarray(start, end)
    if (bytes.readUInt32LE(end) !== maskedCrc(data)) throw new TransferError(path, place, 'a record is damaged: its checksum differs')
    scalars.push(...decodeEvent(path, place, data))
    offset = end + CRC_BYTES
  }
  if (offset === 0) throw new TransferError(path, null, 'expected a TensorBoard event file, found something else')
  return scalars
}

function decodeEvent(path: string, place: string, data: Uint8Array): Scalar[] {
  try {
    const event = { wallTime: 0, step: 0, values: [] as { tag: string; value: number }[] }
    readMessage(data, {
      [EVENT.wallTime]: (reader) => void (event.wallTime = reader.double()),
      [EVENT.step]: (reader) => void (event.step = Number(reader.int64())),
      [EVENT.summary]: (reader) => void (event.values = decodeSummary(reader.bytes())),
    })
    return event.values.map(({ tag, value }) => ({ tag, value, step: event.step, wallTime: event.wallTime }))
  } catch (cause) {
    throw new TransferError(path, place, 'a record is no event', { cause })
  }
}

function decodeSummary(data: Uint8Array): { tag: string; value: number }[] {
  const values: { tag: string; value: number }[] = []
  readMessage(data, {
    [SUMMARY_VALUE]: (reader) => {
      const value = decodeValue(reader.bytes())
      if (value !== null) values.push(value)
    },
  })
  return values
}

/** null where it is no scalar. */
function decodeValue(data: Uint8Array): { tag: string; value: number } | null {
  let tag = ''
  let value: number | null = null
  readMessage(data, {
    [VALUE.tag]: (reader) => void (tag = reader.string()),
    [VALUE.simpleValue]: (reader) => void (value = reader.float()),
    [VALUE.tensor]: (reader) => void (value = decodeTensor(reader.bytes())),
  })
  return value === null ? null : { tag, value }
}

/** The one number of a tensor, as newer writers hold scalars; null where it is something else. */
function decodeTensor(data: Uint8Array): number | null {
  let dtype = 0
  let value: number | null = null
  let content: Uint8Array = new Uint8Array()
  readMessage(data, {
    [TENSOR.dtype]: (reader) => void (dtype = reader.int32()),
    [TENSOR.content]: (reader) => void (content = reader.bytes()),
    [TENSOR.floatValues]: (reader, wireType) => void (value = readPacked(reader, wireType, (packed) => packed.float())),
    [TENSOR.doubleValues]: (reader, wireType) => void (value = readPacked(reader, wireType, (packed) => packed.double())),
  })
  if (value !== null || content.length === 0) return value
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength)
  if (dtype === DT_FLOAT && content.length === 4) return view.getFloat32(0, true)
  return dtype === DT_DOUBLE && content.length === 8 ? view.getFloat64(0, true) : null
}

function readPacked(reader: BinaryReader, wireType: WireType, read: (reader: BinaryReader) => number): number {
  return wireType === WireType.LengthDelimited ? read(new BinaryReader(reader.bytes())) : read(reader)
}

type FieldReaders = Readonly<Record<number, (reader: BinaryReader, wireType: WireType) => void>>

function readMessage(data: Uint8Array, fields: FieldReaders): void {
  const reader = new BinaryReader(data)
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag()
    const read = fields[field]
    if (read === undefined) reader.skip(wireType, field)
    else read(reader, wireType)
  }
}

/** As TFRecords store it: rotated and shifted, since a checksum over data with checksums in it is weak. */
function maskedCrc(data: Uint8Array): number {
  const crc = crc32c(data)
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0
}
