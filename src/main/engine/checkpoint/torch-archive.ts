/**
 * @file Reads state dicts that torch.save wrote (zip format). Knows zip members and storages, not models; executes nothing.
 * Layout: docs/REFERENCE.md 7.2.
 */
import { dtypeSizeBytes, elementCount, type DType } from '../tensor/dtype.ts'
import { hostTensor, type HostTensor } from '../tensor/host-tensor.ts'
import { decodeUtf8, withFile, type ByteSource } from './byte-source.ts'
import { CheckpointFormatError } from './errors.ts'
import { widen } from './safetensors.ts'
import { readTorchPickle, type TorchStorage, type TorchTensor } from './torch-pickle.ts'
import { readZipMembers, type ZipMember } from './zip-archive.ts'

/** What an archive may cost; each limit says why. */
const torchArchiveLimits = {
  /** The pickle holds names and shapes only: 300 bytes a tensor. */
  pickleBytes: 64 * 1024 * 1024,
  /** Tensors may share a storage (tied weights do, once or twice); more is a small file that asks for all memory. */
  expansion: 8,
} as const

/** Every tensor of the state dict in `path`, float32, contiguous, nested keys joined by dots. Throws CheckpointFormatError. */
export function readTorchArchive(path: string): ReadonlyMap<string, HostTensor> {
  return withFile(path, parseTorchArchive)
}

/** See {@link readTorchArchive}; from bytes that are already open. */
export function parseTorchArchive(source: ByteSource): ReadonlyMap<string, HostTensor> {
  const { path } = source
  refuseLegacyFormat(source)
  const members = readZipMembers(source)
  const prefix = findPrefix(path, members)
  checkByteOrder(path, members.get(`${prefix}/byteorder`))
  const pickle = members.get(`${prefix}/data.pkl`)!
  if (pickle.sizeBytes > torchArchiveLimits.pickleBytes) {
    const problem = `expected at most ${torchArchiveLimits.pickleBytes} bytes, found ${pickle.sizeBytes}`
    throw new CheckpointFormatError({ path, field: 'data.pkl' }, problem)
  }
  const tensors = readTorchPickle(path, pickle.read())
  checkExpansion(source, tensors)
  const readStorage = storageReader(path, (key) => members.get(`${prefix}/data/${key}`))
  return new Map([...tensors].map(([name, tensor]) => [name, hostTensor(tensor.shape, gather(readStorage(name, tensor.storage), tensor))]))
}

/** torch.save before 1.6 wrote bare pickles: magic number first, storages after. */
function refuseLegacyFormat(source: ByteSource): void {
  if (source.sizeBytes < 2 || source.read(0, 2)[0] !== 0x80) return
  const problem = 'expected a zip archive, found the format of PyTorch before 1.6; save it again with a newer PyTorch'
  throw new CheckpointFormatError({ path: source.path }, problem)
}

function findPrefix(path: string, members: ReadonlyMap<string, ZipMember>): string {
  const pickles = [...members.keys()].filter((name) => /^[^/]+\/data\.pkl$/.test(name))
  const [pickle] = pickles
  if (pickle === undefined || pickles.length > 1) {
    throw new CheckpointFormatError({ path }, `expected one data.pkl in the archive, found ${pickles.length}`)
  }
  return pickle.slice(0, -'/data.pkl'.length)
}

function checkByteOrder(path: string, member: ZipMember | undefined): void {
  if (!member) return
  const order = member.sizeBytes > 16 ? '' : decodeUtf8(path, member.read()).trim()
  if (order !== 'little') throw new CheckpointFormatError({ path, field: 'byteorder' }, `expected little, found ${JSON.stringify(order)}`)
}

function checkExpansion({ path, sizeBytes }: ByteSource, tensors: ReadonlyMap<string, TorchTensor>): void {
  let bytes = 0
  for (const tensor of tensors.values()) bytes += elementCount(tensor.shape) * 4
  if (bytes > torchArchiveLimits.expansion * sizeBytes) {
    const problem = `expected tensors of at most ${torchArchiveLimits.expansion} times the file, found ${bytes} bytes in a file of ${sizeBytes}`
    throw new CheckpointFormatError({ path }, problem)
  }
}

/** Reads each storage once, however many tensors are views of it. `name`: the tensor that asks, for messages. */
function storageReader(path: string, find: (key: string) => ZipMember | undefined) {
  const done = new Map<string, Float32Array>()
  return (name: string, storage: TorchStorage): Float32Array => {
    const member = find(storage.key)
    const expected = storage.elementCount * dtypeSizeBytes[storage.dtype]
    if (member?.sizeBytes !== expected) {
      const problem = `expected data/${storage.key} of ${expected} bytes, found ${member ? member.sizeBytes : 'none'}`
      throw new CheckpointFormatError({ path, tensorName: name }, problem)
    }
    const key = `${storage.dtype} ${storage.key}`
    const values = done.get(key) ?? storageToFloat32(storage, member.read())
    done.set(key, values)
    return values
  }
}

function storageToFloat32({ dtype }: TorchStorage, bytes: Uint8Array<ArrayBuffer>): Float32Array {
  if (dtype === 'F32' || dtype === 'F16' || dtype === 'BF16') return widen(bytes, dtype)
  return otherDtypes[dtype](bytes.buffer)
}

/** The dtypes that MemGen has no use for, rounded to float32 where they are wider. */
const otherDtypes: Readonly<Record<Exclude<DType, 'F32' | 'F16' | 'BF16'>, (bytes: ArrayBuffer) => Float32Array>> = {
  F64: (bytes) => Float32Array.from(new Float64Array(bytes)),
  I64: (bytes) => Float32Array.from(new BigInt64Array(bytes), Number),
  I32: (bytes) => Float32Array.from(new Int32Array(bytes)),
  I16: (bytes) => Float32Array.from(new Int16Array(bytes)),
  I8: (bytes) => Float32Array.from(new Int8Array(bytes)),
  U8: (bytes) => Float32Array.from(new Uint8Array(bytes)),
  BOOL: (bytes) => Float32Array.from(new Uint8Array(bytes), (value) => (value === 0 ? 0 : 1)),
}

/** The elements of a strided view in row-major order. */
function gather(values: Float32Array, { shape, strides, storageOffset }: TorchTensor): Float32Array {
  const count = elementCount(shape)
  const out = new Float32Array(count)
  const index = shape.map(() => 0)
  let from = storageOffset
  for (let i = 0; i < count; i++) {
    out[i] = values[from]!
    for (let dimension = shape.length - 1; dimension >= 0; dimension--) {
      const stride = strides[dimension]!
      from += stride
      if (++index[dimension]! < shape[dimension]!) break
      from -= stride * shape[dimension]!
      index[dimension] = 0
    }
  }
  return out
}
