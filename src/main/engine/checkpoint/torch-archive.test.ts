/** @file Torch archives: round trips, pickles that name foreign classes, storage bombs and damaged bytes. */
import fc from 'fast-check'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { damaged, readOrRefuse } from '../../../../test/support/hostile-bytes.ts'
import { hostTensor, type HostTensor } from '../tensor/host-tensor.ts'
import { bytesSource } from './byte-source.ts'
import { parseTorchArchive, readTorchArchive } from './torch-archive.ts'
import { writeTorchArchive, type ModuleState } from './torch-archive-writer.ts'
import { zipChunks } from './zip-writer.ts'

const directory = mkdtempSync(join(tmpdir(), 'torch-'))
afterAll(() => rmSync(directory, { recursive: true }))

const text = new TextEncoder()
const anyTensor = fc
  .array(fc.nat({ max: 4 }), { maxLength: 5 })
  .chain((shape) => {
    const count = shape.reduce((product, size) => product * size, 1)
    return fc.array(fc.float(), { minLength: count, maxLength: count }).map((values) => hostTensor(shape, Float32Array.from(values)))
  })
const anyName = fc.string({ minLength: 1, maxLength: 8 }).filter((name) => !name.includes('.'))

/** An archive around a hand-written pickle. `\n`-free opcodes are given as latin1 text. */
function archiveOf(pickle: string, members: Record<string, Uint8Array> = {}): Uint8Array {
  const all: [string, Uint8Array][] = [['x/data.pkl', Buffer.from(pickle, 'latin1')], ...Object.entries(members)]
  return Buffer.concat([...zipChunks(all)])
}

const parse = (bytes: Uint8Array) => parseTorchArchive(bytesSource('/m/weaver.bin', bytes))

const str = (value: string) => `X${String.fromCharCode(value.length)}\0\0\0${value}`
const int = (value: number) => `K${String.fromCharCode(value)}`
/** {'w': tensor} over storage '0' of `numel` floats, with size and stride of one dimension. */
const tensorPickle = ({ numel = 4, offset = 0, size = 4, stride = 1, type = 'torch\nFloatStorage' } = {}) =>
  `\x80\x02}${str('w')}ctorch._utils\n_rebuild_tensor_v2\n((${str('storage')}c${type}\n${str('0')}${str('cpu')}${int(numel)}tQ` +
  `${int(offset)}${int(size)}\x85${int(stride)}\x85\x89ccollections\nOrderedDict\n)RtRs.`

test('what is written is read back, nested modules joined by dots', () => {
  const path = join(directory, 'part.bin')
  fc.assert(
    fc.property(fc.dictionary(anyName, fc.oneof(anyTensor, fc.dictionary(anyName, anyTensor, { maxKeys: 3 })), { maxKeys: 4 }), (content) => {
      const expected: [string, HostTensor][] = []
      const state = new Map<string, HostTensor | ModuleState>()
      for (const [name, value] of Object.entries(content)) {
        if (isTensor(value)) {
          state.set(name, value)
          expected.push([name, value])
        } else {
          state.set(name, { kind: 'module', tensors: new Map(Object.entries(value)) })
          expected.push(...Object.entries(value).map(([key, tensor]): [string, HostTensor] => [`${name}.${key}`, tensor]))
        }
      }
      writeTorchArchive(path, state)
      expect([...readTorchArchive(path)]).toEqual(expected)
    }),
    { numRuns: 60 },
  )
})

function isTensor(value: object): value is HostTensor {
  return 'dtype' in value && value.dtype === 'F32'
}

describe('a class outside the closed list is refused by name and nothing runs', () => {
  test.each(['os\nsystem', 'posix\nsystem', 'builtins\neval', 'torch.nn.modules.linear\nLinear', '__main__\nModel', 'torch\nload', 'torch._utils\n_rebuild_tensor'])('%j', (name) => {
    const dotted = name.replace('\n', '.')
    expect(() => parse(archiveOf(`\x80\x02c${name}\n(${str('touch /tmp/x')}tR.`))).toThrow(`/m/weaver.bin, field "data.pkl": the pickle names "${dotted}"`)
  })

  test.each([
    ['INST', '(ios\nsystem\n.'],
    ['STACK_GLOBAL', `\x80\x04${str('os')}${str('system')}\x93.`],
    ['OBJ', '(o.'],
    ['EXT1', '\x82\x01.'],
    ['NEWOBJ', '))\x81.'],
  ])('the opcode %s does not exist here', (_name, pickle) => {
    expect(() => parse(archiveOf(pickle))).toThrow(/expected an opcode of the plain subset|expected pickle protocol 2/)
  })

  test('a storage type cannot be called', () => {
    expect(() => parse(archiveOf('\x80\x02ctorch\nFloatStorage\n)R.'))).toThrow('expected a function to call, found "torch.FloatStorage"')
  })
})

describe('tensors must lie inside their storage', () => {
  const storage = { 'x/data/0': new Uint8Array(16) }

  test('one that does is read', () => {
    expect(parse(archiveOf(tensorPickle(), storage)).get('w')?.shape).toEqual([4])
  })

  test.each([
    ['an offset beyond it', { offset: 1 }],
    ['a stride beyond it', { stride: 2 }],
    ['a broadcast view that asks for more than is stored', { size: 5, stride: 0 }],
    ['a declared size that the member does not have', { numel: 5 }],
  ])('%s is refused', (_title, fields) => {
    expect(() => parse(archiveOf(tensorPickle(fields), storage))).toThrow(/expected (a view inside|data\/0 of)/)
  })

  test('a storage that is not in the archive is refused', () => {
    expect(() => parse(archiveOf(tensorPickle()))).toThrow('/m/weaver.bin, tensor "w": expected data/0 of 16 bytes, found none')
  })

  test('half floats are widened and strides followed', () => {
    const half = { 'x/data/0': new Uint8Array(Uint16Array.of(0x3c00, 0x4000, 0x4200, 0x4400).buffer) }
    const tensor = parse(archiveOf(tensorPickle({ type: 'torch\nHalfStorage', size: 2, stride: 2, offset: 1 }), half)).get('w')
    expect([...(tensor?.data ?? [])]).toEqual([2, 4])
  })
})

test('a circular pickle is refused', () => {
  expect(() => parse(archiveOf(`\x80\x02}q\0${str('a')}h\0s.`))).toThrow('expected at most 64 nested dictionaries')
})

test('dictionaries that double at every level are refused instead of walked', () => {
  const level = (index: number) => `}q${String.fromCharCode(index)}(${str('a')}h${String.fromCharCode(index - 1)}${str('b')}h${String.fromCharCode(index - 1)}u`
  const levels = Array.from({ length: 50 }, (_, index) => level(index + 1)).join('')
  expect(() => parse(archiveOf(`\x80\x02}q\0${levels}.`))).toThrow('expected at most 1000000 entries')
})

test('members that share bytes are refused', () => {
  const bytes = archiveOf('\x80\x02}.', { 'x/data/0': new Uint8Array(64) })
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const record = Buffer.from(bytes).lastIndexOf('x/data/0') - 46
  for (const at of [20, 24]) view.setUint32(record + at, bytes.length, true)
  expect(() => parse(bytes)).toThrow('found them overlapping or beyond the end')
})

test('the format of old PyTorch, a big-endian archive and a second pickle are refused', () => {
  expect(() => parse(Uint8Array.of(0x80, 2, 0x8a))).toThrow('PyTorch before 1.6')
  expect(() => parse(archiveOf('\x80\x02}.', { 'x/byteorder': text.encode('big') }))).toThrow('field "byteorder": expected little, found "big"')
  expect(() => parse(archiveOf('\x80\x02}.', { 'y/data.pkl': new Uint8Array(1) }))).toThrow('expected one data.pkl in the archive, found 2')
})

test('a flipped bit in a tensor is found by its checksum', () => {
  const path = join(directory, 'flip.bin')
  writeTorchArchive(path, new Map([['w', hostTensor([4], Float32Array.of(1, 2, 3, 4))]]))
  const bytes = new Uint8Array(readFileSync(path))
  const at = Buffer.from(bytes).indexOf(Buffer.from(Float32Array.of(1, 2, 3, 4).buffer))
  bytes[at]! ^= 1
  expect(() => parse(bytes)).toThrow(/CRC-32 .* of member "flip\/data\/0".*the file is damaged/)
})

test('random bytes, damaged archives and damaged pickles are refused or read, never anything else', () => {
  const path = join(directory, 'valid.bin')
  const weights: ModuleState = { kind: 'module', tensors: new Map([['weight', hostTensor([2, 2], new Float32Array(4))]]) }
  writeTorchArchive(path, new Map<string, HostTensor | ModuleState>([['layer', weights], ['scale', hostTensor([1], Float32Array.of(1))]]))
  const valid = new Uint8Array(readFileSync(path))
  fc.assert(fc.property(fc.uint8Array({ maxLength: 128 }), (bytes) => void readOrRefuse(() => parse(bytes))), { numRuns: 300 })
  fc.assert(fc.property(damaged(valid), (bytes) => void readOrRefuse(() => parse(bytes))), { numRuns: 1000 })
  const pickle = Buffer.from(tensorPickle(), 'latin1')
  const storage = { 'x/data/0': new Uint8Array(16) }
  // Damage inside the pickle with a correct checksum around it: the checksum must not be what protects us.
  fc.assert(fc.property(damaged(pickle), (bytes) => void readOrRefuse(() => parse(archiveOf(Buffer.from(bytes).toString('latin1'), storage)))), { numRuns: 1000 })
})
