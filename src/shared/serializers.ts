/**
 * @file How values that JSON has no word for cross RPC: one list, used by both ends. oRPC turns typed arrays into
 * plain objects by default, so they travel as base64 of their little-endian bytes.
 */

/** The shape oRPC's `customJsonSerializers` option wants. */
interface JsonSerializer {
  type: number
  condition(data: unknown): boolean
  serialize(data: never): unknown
  deserialize(serialized: never): unknown
}

/** Bytes converted per call: `String.fromCharCode` takes its arguments on the stack. A multiple of three, so that no chunk but the last is padded. */
const CHUNK_BYTES = 0x6000

/** The host's own way is ten times as fast as the loop, and a long trace has megabytes; a page has none. */
const nodeBuffer = (globalThis as { Buffer?: { from(buffer: ArrayBufferLike, offset: number, length: number): { toString(encoding: 'base64'): string } } }).Buffer

function toBase64({ buffer, byteOffset, byteLength }: ArrayBufferView): string {
  if (nodeBuffer !== undefined) return nodeBuffer.from(buffer, byteOffset, byteLength).toString('base64')
  const bytes = new Uint8Array(buffer, byteOffset, byteLength)
  let text = ''
  for (let start = 0; start < bytes.length; start += CHUNK_BYTES) {
    // Spread, the bytes would go through an iterator: fifteen times slower, and a long trace has megabytes of them.
    const codes = bytes.subarray(start, start + CHUNK_BYTES) as unknown as number[] // `apply` takes whatever has a length and members
    text += btoa(String.fromCharCode.apply(null, codes))
  }
  return text
}

/** Browsers have it since 2025, Node 24 has not. */
const native = Uint8Array as { fromBase64?: (text: string) => Uint8Array<ArrayBuffer> }

function fromBase64(text: string): ArrayBuffer {
  if (native.fromBase64 !== undefined) return native.fromBase64(text).buffer
  const binary = atob(text)
  const bytes = new Uint8Array(binary.length)
  for (let index = 0; index < binary.length; index++) bytes[index] = binary.charCodeAt(index)
  return bytes.buffer
}

/** Type numbers 0 to 20 are oRPC's own. */
export const jsonSerializers: readonly JsonSerializer[] = [
  {
    type: 21,
    condition: (data) => data instanceof Float32Array,
    serialize: (data: Float32Array) => toBase64(data),
    deserialize: (serialized: string) => new Float32Array(fromBase64(serialized)),
  },
  {
    type: 22,
    condition: (data) => data instanceof Float64Array,
    serialize: (data: Float64Array) => toBase64(data),
    deserialize: (serialized: string) => new Float64Array(fromBase64(serialized)),
  },
  {
    type: 23,
    condition: (data) => data instanceof Int32Array,
    serialize: (data: Int32Array) => toBase64(data),
    deserialize: (serialized: string) => new Int32Array(fromBase64(serialized)),
  },
  {
    type: 24,
    condition: (data) => data instanceof Uint8Array,
    serialize: (data: Uint8Array) => toBase64(data),
    deserialize: (serialized: string) => new Uint8Array(fromBase64(serialized)),
  },
]
