/**
 * @file How values that JSON has no word for cross RPC: one list, used by both ends. oRPC turns typed arrays into
 * plain objects by default, so float32 matrices travel as base64 of their little-endian bytes.
 */

/** The shape oRPC's `customJsonSerializers` option wants. */
interface JsonSerializer {
  type: number
  condition(data: unknown): boolean
  serialize(data: never): unknown
  deserialize(serialized: never): unknown
}

/** Bytes converted per call: `String.fromCharCode` takes its arguments on the stack. */
const CHUNK_BYTES = 0x8000

function toBase64(array: Float32Array): string {
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
  let binary = ''
  for (let start = 0; start < bytes.length; start += CHUNK_BYTES) {
    binary += String.fromCharCode(...bytes.subarray(start, start + CHUNK_BYTES))
  }
  return btoa(binary)
}

function fromBase64(text: string): Float32Array {
  const binary = atob(text)
  const bytes = new Uint8Array(binary.length)
  for (let index = 0; index < binary.length; index++) bytes[index] = binary.charCodeAt(index)
  return new Float32Array(bytes.buffer)
}

/** Type numbers 0 to 20 are oRPC's own. */
export const jsonSerializers: readonly JsonSerializer[] = [
  {
    type: 21,
    condition: (data) => data instanceof Float32Array,
    serialize: (data: Float32Array) => toBase64(data),
    deserialize: (serialized: string) => fromBase64(serialized),
  },
]
