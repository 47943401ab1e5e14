/**
 * @file Writes GGUF files, version 3 (ggml/docs/gguf.md of ggml-org/ggml), for llama.cpp to read. It knows the format and no model.
 */
import { writeFileAtomically } from '../../src/main/engine/checkpoint/atomic-file.ts'

const VERSION = 3
/** What readers assume where a file does not say. */
const ALIGNMENT = 32

/** How a tensor's numbers are held. Numbers of the formats: enum ggml_type. */
export const ggmlTypes = { F32: 0, Q4_0: 2, Q8_0: 8 } as const
export type GgmlType = keyof typeof ggmlTypes

export type GgufValue =
  | { readonly uint32: number }
  | { readonly float32: number }
  | { readonly text: string }
  | { readonly texts: readonly string[] }
  | { readonly int32s: readonly number[] }

export interface GgufTensor {
  readonly name: string
  /** As PyTorch says it; the file has the innermost length first. */
  readonly shape: readonly number[]
  readonly type: GgmlType
  readonly byteLength: number
  /** Called once, when its turn to be written has come. */
  readonly read: () => Uint8Array
}

/** enum gguf_type. */
const valueTypes = { uint32: 4, int32: 5, float32: 6, text: 8, list: 9 } as const

export function writeGguf(path: string, metadata: Readonly<Record<string, GgufValue>>, tensors: readonly GgufTensor[]): void {
  writeFileAtomically(path, ggufChunks(metadata, tensors))
}

function* ggufChunks(metadata: Readonly<Record<string, GgufValue>>, tensors: readonly GgufTensor[]): Generator<Uint8Array> {
  const header = headerBytes(metadata, tensors)
  yield header
  yield padding(header.length)
  for (const { name, byteLength, read } of tensors) {
    const bytes = read()
    if (bytes.length !== byteLength) throw new Error(`internal: tensor ${name} should have ${byteLength} bytes, has ${bytes.length}`)
    yield bytes
    yield padding(byteLength)
  }
}

function padding(length: number): Uint8Array {
  return new Uint8Array(aligned(length) - length)
}

function aligned(length: number): number {
  return Math.ceil(length / ALIGNMENT) * ALIGNMENT
}

function headerBytes(metadata: Readonly<Record<string, GgufValue>>, tensors: readonly GgufTensor[]): Buffer {
  const parts: Buffer[] = [Buffer.from('GGUF'), uint32(VERSION), uint64(tensors.length), uint64(Object.keys(metadata).length)]
  for (const [key, value] of Object.entries(metadata)) parts.push(text(key), valueBytes(value))
  let offset = 0
  for (const { name, shape, type, byteLength } of tensors) {
    parts.push(text(name), uint32(shape.length), ...shape.toReversed().map(uint64), uint32(ggmlTypes[type]), uint64(offset))
    offset += aligned(byteLength)
  }
  return Buffer.concat(parts)
}

function valueBytes(value: GgufValue): Buffer {
  if ('uint32' in value) return Buffer.concat([uint32(valueTypes.uint32), uint32(value.uint32)])
  if ('float32' in value) return Buffer.concat([uint32(valueTypes.float32), float32(value.float32)])
  if ('text' in value) return Buffer.concat([uint32(valueTypes.text), text(value.text)])
  if ('texts' in value) return list(valueTypes.text, value.texts.map(text))
  return list(valueTypes.int32, value.int32s.map(uint32))
}

function list(type: number, values: readonly Buffer[]): Buffer {
  return Buffer.concat([uint32(valueTypes.list), uint32(type), uint64(values.length), ...values])
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value)
  return Buffer.concat([uint64(bytes.length), bytes])
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt(value))
  return bytes
}

function float32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeFloatLE(value)
  return bytes
}
