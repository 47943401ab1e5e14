/** @file Writes safetensors files: float32 tensors at once, or a header for data that follows. Knows nothing of models or folders. */
import { dtypeSizeBytes, elementCount, type DType } from '../tensor/dtype.ts'
import type { HostTensor } from '../tensor/host-tensor.ts'
import { writeFileAtomically } from './atomic-file.ts'

/** Writes F32 tensors in the given order; `metadata` becomes `__metadata__`. Throws the file system's error when the disk is full. */
export function writeSafetensors(
  path: string,
  tensors: ReadonlyMap<string, HostTensor>,
  metadata: Readonly<Record<string, string>> = { format: 'pt' },
): void {
  writeFileAtomically(path, safetensorsChunks(tensors, metadata))
}

/** The bytes of such a file, chunk by chunk. */
export function* safetensorsChunks(tensors: ReadonlyMap<string, HostTensor>, metadata: Readonly<Record<string, string>>): Generator<Uint8Array> {
  yield safetensorsHeader(tensors, metadata)
  for (const { data } of tensors.values()) yield new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
}

/** What stands before the data, which follows in the order of `tensors` without a gap. */
export function safetensorsHeader(tensors: ReadonlyMap<string, { readonly dtype: DType; readonly shape: readonly number[] }>, metadata: Readonly<Record<string, string>>): Uint8Array {
  let end = 0
  const entries = [...tensors].map(([name, { dtype, shape }]): [string, unknown] => {
    const begin = end
    end += elementCount(shape) * dtypeSizeBytes[dtype]
    return [name, { dtype, shape, data_offsets: [begin, end] }]
  })
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries([['__metadata__', metadata], ...entries])))
  // Spaces up to a multiple of 8, as upstream pads: the data section is then aligned for every dtype.
  const padded = Math.ceil(json.length / 8) * 8
  const bytes = new Uint8Array(8 + padded).fill(0x20)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(padded), true)
  bytes.set(json, 8)
  return bytes
}
