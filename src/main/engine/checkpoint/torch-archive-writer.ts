/**
 * @file Writes float32 state dicts in the zip format of torch.save, so that torch.load(weights_only=True) reads them. Knows no model.
 * The pickle is byte for byte what CPython's pickler writes for the same objects (tested against files of the reference).
 */
import { basename } from 'node:path'
import type { HostTensor } from '../tensor/host-tensor.ts'
import { writeFileAtomically } from './atomic-file.ts'
import { zipChunks } from './zip-writer.ts'

/** What nn.Module.state_dict() of one module gives: written as OrderedDict with its version metadata. */
export interface ModuleState {
  readonly kind: 'module'
  readonly tensors: ReadonlyMap<string, HostTensor>
}

/** A plain dict of tensors and module states, as the reference hands to torch.save. */
export type TorchState = ReadonlyMap<string, HostTensor | ModuleState>

/** Writes `state` to `path`; the archive prefix is the file's stem, as torch has it. */
export function writeTorchArchive(path: string, state: TorchState): void {
  const prefix = basename(path).replace(/\.[^.]*$/, '')
  const { pickle, storages } = pickleState(state)
  const text = new TextEncoder()
  writeFileAtomically(
    path,
    zipChunks([
      [`${prefix}/data.pkl`, pickle],
      [`${prefix}/byteorder`, text.encode('little')],
      ...storages.map(({ data }, key): [string, Uint8Array] => [
        `${prefix}/data/${key}`,
        new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
      ]),
      [`${prefix}/version`, text.encode('3\n')],
    ]),
  )
}

/** The pickle of a state dict and the storages it names, in order of their keys. */
export function pickleState(state: TorchState): { pickle: Uint8Array; storages: readonly HostTensor[] } {
  const pickler = new StatePickler()
  return { pickle: pickler.write(state), storages: pickler.storages }
}

/** Every object gets the next memo number; text and classes that come again are fetched by it, as CPython does. */
class StatePickler {
  readonly storages: HostTensor[] = []
  readonly #bytes: number[] = []
  readonly #memo = new Map<string, number>()
  #memoSize = 0

  write(state: TorchState): Uint8Array {
    this.#bytes.push(0x80, 2)
    this.#emit('}')
    this.#put()
    this.#items(state, (value) => ('kind' in value ? this.#module(value) : this.#tensor(value)))
    this.#emit('.')
    return Uint8Array.from(this.#bytes)
  }

  #module({ tensors }: ModuleState): void {
    this.#orderedDict()
    this.#items(tensors, (tensor) => this.#tensor(tensor))
    // The state of the OrderedDict: its attribute _metadata = OrderedDict({'': {'version': 1}}).
    this.#emit('}')
    this.#put()
    this.#text('_metadata')
    this.#orderedDict()
    this.#text('')
    this.#emit('}')
    this.#put()
    this.#text('version')
    this.#int(1)
    this.#emit('sssb')
  }

  #tensor(tensor: HostTensor): void {
    const key = this.storages.push(tensor) - 1
    this.#global('torch._utils', '_rebuild_tensor_v2')
    this.#emit('((')
    this.#text('storage')
    this.#global('torch', 'FloatStorage')
    this.#text(String(key), 'fresh')
    this.#text('cpu')
    this.#int(tensor.data.length)
    this.#emit('t')
    this.#put()
    this.#emit('Q')
    this.#int(0)
    this.#tuple(tensor.shape)
    this.#tuple(contiguousStrides(tensor.shape))
    this.#bytes.push(0x89)
    this.#orderedDict()
    this.#emit('t')
    this.#put()
    this.#emit('R')
    this.#put()
  }

  /** CPython fills dictionaries in batches of 1000, a single item without a mark. */
  #items<T>(items: ReadonlyMap<string, T>, writeValue: (value: T) => void): void {
    const entries = [...items]
    for (let start = 0; start < entries.length; start += 1000) {
      const batch = entries.slice(start, start + 1000)
      if (batch.length > 1) this.#emit('(')
      for (const [key, value] of batch) {
        this.#text(key)
        writeValue(value)
      }
      this.#emit(batch.length > 1 ? 'u' : 's')
    }
  }

  #orderedDict(): void {
    this.#global('collections', 'OrderedDict')
    this.#emit(')R')
    this.#put()
  }

  #tuple(values: readonly number[]): void {
    if (values.length === 0) return this.#emit(')')
    if (values.length > 3) this.#emit('(')
    for (const value of values) this.#int(value)
    this.#bytes.push([0x85, 0x86, 0x87][values.length - 1] ?? 0x74)
    this.#put()
  }

  #global(module: string, name: string): void {
    this.#once(`global ${module}.${name}`, () => this.#emit(`c${module}\n${name}\n`))
  }

  /** `fresh` text is a new object to Python even if equal text came before. */
  #text(value: string, identity: 'shared' | 'fresh' = 'shared'): void {
    const write = () => {
      const encoded = new TextEncoder().encode(value)
      this.#emit('X')
      this.#uint(encoded.length, 4)
      this.#bytes.push(...encoded)
    }
    if (identity === 'shared') return this.#once(`text ${value}`, write)
    write()
    this.#put()
  }

  #once(key: string, write: () => void): void {
    const index = this.#memo.get(key)
    if (index !== undefined) {
      this.#emit(index < 256 ? 'h' : 'j')
      return this.#uint(index, index < 256 ? 1 : 4)
    }
    write()
    this.#memo.set(key, this.#memoSize)
    this.#put()
  }

  #put(): void {
    const index = this.#memoSize++
    this.#emit(index < 256 ? 'q' : 'r')
    this.#uint(index, index < 256 ? 1 : 4)
  }

  #int(value: number): void {
    if (value < 0x100) this.#emit('K')
    else if (value < 0x10000) this.#emit('M')
    else if (value < 0x80000000) this.#emit('J')
    else throw new Error(`internal: a tensor of ${value} elements does not fit into the parts of a MemGen checkpoint`)
    this.#uint(value, value < 0x100 ? 1 : value < 0x10000 ? 2 : 4)
  }

  #uint(value: number, size: 1 | 2 | 4): void {
    for (let i = 0; i < size; i++) this.#bytes.push((value >>> (8 * i)) & 0xff)
  }

  #emit(opcodes: string): void {
    for (let i = 0; i < opcodes.length; i++) this.#bytes.push(opcodes.charCodeAt(i))
  }
}

function contiguousStrides(shape: readonly number[]): number[] {
  const strides: number[] = []
  let stride = 1
  for (const length of shape.toReversed()) {
    strides.unshift(stride)
    stride *= Math.max(length, 1)
  }
  return strides
}
