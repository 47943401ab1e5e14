/**
 * @file A pickle machine that builds data and never runs code: only the classes it is given exist. Knows nothing of PyTorch.
 * Opcodes: CPython Lib/pickletools.py; the subset that protocol 2 writes for plain containers.
 */
import { CheckpointFormatError, quote } from './errors.ts'

/** What a pickle may do; each limit says why. */
const pickleLimits = {
  /** A tensor takes some 40 opcodes: room for 250,000 tensors. */
  opcodes: 10_000_000,
  /** Depth and width of what is not yet in a container; SETITEMS batches hold 2,000. */
  stack: 1_000_000,
  memo: 4_000_000,
  /** Keys and names; a longer string is no state dict. */
  stringBytes: 1 << 20,
} as const

/** A class or function that the pickle names, allowed by the closed list; `call` is absent where it may only be named. */
export interface PickleGlobal<Custom> {
  readonly kind: 'global'
  readonly name: string
  readonly call?: (args: readonly PickleValue<Custom>[]) => PickleValue<Custom>
}

export type PickleValue<Custom> =
  | null
  | boolean
  | number
  | string
  | { readonly kind: 'tuple'; readonly items: readonly PickleValue<Custom>[] }
  | { readonly kind: 'list'; readonly items: PickleValue<Custom>[] }
  | { readonly kind: 'dict'; readonly entries: Map<string | number, PickleValue<Custom>> }
  | PickleGlobal<Custom>
  | { readonly kind: 'custom'; readonly custom: Custom }

export interface PickleWorld<Custom> {
  /** The closed list, keyed `module.name`. */
  readonly globals: ReadonlyMap<string, PickleGlobal<Custom>>
  readonly persistentLoad: (id: PickleValue<Custom>) => PickleValue<Custom>
}

/** Runs the pickle in `bytes`. Throws CheckpointFormatError naming the class or opcode that is not allowed. */
export function unpickle<Custom>(path: string, bytes: Uint8Array, world: PickleWorld<Custom>): PickleValue<Custom> {
  return new PickleMachine(path, bytes, world).run()
}

type Container<Custom, Kind> = Extract<PickleValue<Custom>, { kind: Kind }>

class PickleMachine<Custom> {
  readonly #path: string
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #world: PickleWorld<Custom>
  readonly #memo = new Map<number, PickleValue<Custom>>()
  /** Stack segments: MARK opens one, and the opcodes that take "everything since the mark" close it. */
  readonly #segments: PickleValue<Custom>[][] = [[]]
  #depth = 0
  #at = 0

  constructor(path: string, bytes: Uint8Array, world: PickleWorld<Custom>) {
    this.#path = path
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    this.#world = world
  }

  run(): PickleValue<Custom> {
    for (let count = 0; count < pickleLimits.opcodes; count++) {
      const at = this.#at
      const opcode = this.#uint8()
      if (opcode === 0x2e) return this.#pop()
      const step = this.#opcodes.get(opcode)
      if (!step) throw this.#fault(`expected an opcode of the plain subset, found 0x${opcode.toString(16)} at byte ${at}`)
      step()
      if (this.#depth > pickleLimits.stack || this.#memo.size > pickleLimits.memo) {
        throw this.#fault('expected a state dict, found a pickle that fills the memory')
      }
    }
    throw this.#fault(`expected at most ${pickleLimits.opcodes} opcodes, found more`)
  }

  readonly #opcodes: ReadonlyMap<number, () => void> = new Map([
    [0x80, () => this.#protocol(this.#uint8())], // PROTO
    [0x28, () => this.#mark()], // MARK
    [0x7d, () => this.#push({ kind: 'dict', entries: new Map() })], // EMPTY_DICT
    [0x5d, () => this.#push({ kind: 'list', items: [] })], // EMPTY_LIST
    [0x29, () => this.#push({ kind: 'tuple', items: [] })], // EMPTY_TUPLE
    [0x74, () => this.#push({ kind: 'tuple', items: this.#popToMark() })], // TUPLE
    [0x85, () => this.#push({ kind: 'tuple', items: this.#popMany(1) })], // TUPLE1
    [0x86, () => this.#push({ kind: 'tuple', items: this.#popMany(2) })], // TUPLE2
    [0x87, () => this.#push({ kind: 'tuple', items: this.#popMany(3) })], // TUPLE3
    [0x4e, () => this.#push(null)], // NONE
    [0x88, () => this.#push(true)], // NEWTRUE
    [0x89, () => this.#push(false)], // NEWFALSE
    [0x4b, () => this.#push(this.#uint8())], // BININT1
    [0x4d, () => this.#push(this.#view.getUint16(this.#skip(2), true))], // BININT2
    [0x4a, () => this.#push(this.#view.getInt32(this.#skip(4), true))], // BININT
    [0x8a, () => this.#push(this.#long(this.#uint8()))], // LONG1
    [0x47, () => this.#push(this.#view.getFloat64(this.#skip(8), false))], // BINFLOAT
    [0x58, () => this.#push(this.#text(this.#uint32()))], // BINUNICODE
    [0x55, () => this.#push(this.#text(this.#uint8()))], // SHORT_BINSTRING
    [0x71, () => this.#memo.set(this.#uint8(), this.#top())], // BINPUT
    [0x72, () => this.#memo.set(this.#uint32(), this.#top())], // LONG_BINPUT
    [0x68, () => this.#push(this.#remembered(this.#uint8()))], // BINGET
    [0x6a, () => this.#push(this.#remembered(this.#uint32()))], // LONG_BINGET
    [0x63, () => this.#push(this.#global(`${this.#line()}.${this.#line()}`))], // GLOBAL
    [0x51, () => this.#push(this.#world.persistentLoad(this.#pop()))], // BINPERSID
    [0x52, () => this.#reduce()], // REDUCE
    [0x62, () => this.#build()], // BUILD
    [0x61, () => this.#append([this.#pop()])], // APPEND
    [0x65, () => this.#append(this.#popToMark())], // APPENDS
    [0x73, () => this.#setItems(this.#popMany(2))], // SETITEM
    [0x75, () => this.#setItems(this.#popToMark())], // SETITEMS
  ])

  #protocol(version: number): void {
    if (version > 2) throw this.#fault(`expected pickle protocol 2, found ${version}`)
  }

  #global(name: string): PickleValue<Custom> {
    const found = this.#world.globals.get(name)
    if (!found) {
      throw this.#fault(`the pickle names ${quote(name)}, which is not on the closed list of allowed classes; nothing was executed`)
    }
    return found
  }

  #reduce(): void {
    const args = this.#take('tuple')
    const target = this.#take('global')
    if (!target.call) throw this.#fault(`expected a function to call, found ${quote(target.name)}`)
    this.#push(target.call(args.items))
  }

  /** The state of an OrderedDict is its `_metadata` attribute (module versions), which holds nothing we use: it is dropped. */
  #build(): void {
    this.#pop()
    this.#peek('dict')
  }

  #append(items: readonly PickleValue<Custom>[]): void {
    const list = this.#peek('list')
    for (const item of items) list.items.push(item)
  }

  #setItems(items: readonly PickleValue<Custom>[]): void {
    const { entries } = this.#peek('dict')
    if (items.length % 2 !== 0) throw this.#fault('expected key and value pairs, found an odd number of items')
    for (let i = 0; i < items.length; i += 2) {
      const key = items[i]
      if (typeof key !== 'string' && typeof key !== 'number') throw this.#fault('expected text or a number as key, found something else')
      entries.set(key, items[i + 1] ?? null)
    }
  }

  #push(value: PickleValue<Custom>): void {
    this.#depth++
    this.#segments.at(-1)!.push(value)
  }

  #mark(): void {
    this.#depth++
    this.#segments.push([])
  }

  #pop(): PickleValue<Custom> {
    const value = this.#top()
    this.#depth--
    this.#segments.at(-1)!.pop()
    return value
  }

  #popMany(count: number): PickleValue<Custom>[] {
    return Array.from({ length: count }, () => this.#pop()).reverse()
  }

  #popToMark(): PickleValue<Custom>[] {
    if (this.#segments.length === 1) throw this.#fault('expected a MARK, found none')
    const segment = this.#segments.pop() ?? []
    this.#depth -= segment.length + 1
    return segment
  }

  #top(): PickleValue<Custom> {
    const value = this.#segments.at(-1)?.at(-1)
    if (value === undefined) throw this.#fault('expected a value on the stack, found none')
    return value
  }

  #take<Kind extends 'tuple' | 'global'>(kind: Kind): Container<Custom, Kind> {
    const value = this.#peek(kind)
    this.#pop()
    return value
  }

  #peek<Kind extends 'tuple' | 'global' | 'dict' | 'list'>(kind: Kind): Container<Custom, Kind> {
    const value = this.#top()
    if (value === null || typeof value !== 'object' || value.kind !== kind) {
      throw this.#fault(`expected a ${kind} on the stack, found something else`)
    }
    // The kind was just compared; TypeScript cannot follow it through the type parameter.
    return value as Container<Custom, Kind>
  }

  #remembered(index: number): PickleValue<Custom> {
    const value = this.#memo.get(index)
    if (value === undefined) throw this.#fault(`expected memo entry ${index}, found none`)
    return value
  }

  #skip(count: number): number {
    const start = this.#at
    if (start + count > this.#bytes.length) throw this.#fault(`expected ${count} bytes at ${start}, found the end of the pickle`)
    this.#at += count
    return start
  }

  #uint8(): number {
    return this.#view.getUint8(this.#skip(1))
  }

  #uint32(): number {
    return this.#view.getUint32(this.#skip(4), true)
  }

  /** Two's complement of `count` bytes, little-endian. Sizes are the only such numbers, so they must be exact. */
  #long(count: number): number {
    const start = this.#skip(count)
    let value = 0n
    for (let i = count - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.#bytes[start + i]!)
    const signed = Number(BigInt.asIntN(count * 8, value))
    if (!Number.isSafeInteger(signed)) throw this.#fault('expected integers within 2^53, found a larger one')
    return signed
  }

  #text(length: number): string {
    if (length > pickleLimits.stringBytes) throw this.#fault(`expected text of at most ${pickleLimits.stringBytes} bytes, found ${length}`)
    const start = this.#skip(length)
    return new TextDecoder().decode(this.#bytes.subarray(start, start + length))
  }

  #line(): string {
    const end = this.#bytes.indexOf(0x0a, this.#at)
    if (end < 0) throw this.#fault('expected a class name, found the end of the pickle')
    const line = this.#text(end - this.#at)
    this.#skip(1)
    return line
  }

  #fault(problem: string): CheckpointFormatError {
    return new CheckpointFormatError({ path: this.#path, field: 'data.pkl' }, problem)
  }
}
