/** @file The closed list of PyTorch names that a state dict may use, and what each becomes. Knows no zip and reads no storage. */
import { elementCount, type DType } from '../tensor/dtype.ts'
import { CheckpointFormatError, showShape } from './errors.ts'
import { unpickle, type PickleGlobal, type PickleValue } from './pickle.ts'

/** Elements of one member of the archive, `data/<key>`. */
export interface TorchStorage {
  readonly kind: 'storage'
  readonly key: string
  readonly dtype: DType
  readonly elementCount: number
}

/** A strided view of a storage; offsets and strides count elements. */
export interface TorchTensor {
  readonly kind: 'tensor'
  readonly storage: TorchStorage
  readonly storageOffset: number
  readonly shape: readonly number[]
  readonly strides: readonly number[]
}

type Value = PickleValue<TorchStorage | TorchTensor>

/** torch/storage.py, _new_dtypes and _dtype_to_storage_type_map. */
const storageDtypes: Readonly<Record<string, DType>> = {
  'torch.DoubleStorage': 'F64',
  'torch.FloatStorage': 'F32',
  'torch.HalfStorage': 'F16',
  'torch.BFloat16Storage': 'BF16',
  'torch.LongStorage': 'I64',
  'torch.IntStorage': 'I32',
  'torch.ShortStorage': 'I16',
  'torch.CharStorage': 'I8',
  'torch.ByteStorage': 'U8',
  'torch.BoolStorage': 'BOOL',
}

/** PyTorch's own limit on dimensions. */
const maxRank = 64

/** State dicts nest modules; deeper (or circular) is no state dict. */
const maxNesting = 64

/** A dictionary that is memoised and used twice at every level doubles at each: 64 levels would never end. */
const maxEntries = 1_000_000

/** Tensors of a pickled state dict, nested keys joined by dots. Values that are no tensors (versions, names) are left out. */
export function readTorchPickle(path: string, bytes: Uint8Array): ReadonlyMap<string, TorchTensor> {
  const globals = closedList(path)
  const value = unpickle(path, bytes, { globals, persistentLoad: (id) => loadStorage(path, id) })
  return collectTensors(path, value)
}

function closedList(path: string): ReadonlyMap<string, PickleGlobal<TorchStorage | TorchTensor>> {
  const calls: Record<string, (args: readonly Value[]) => Value> = {
    'collections.OrderedDict': (args) => newOrderedDict(path, args),
    'torch._utils._rebuild_tensor_v2': (args) => rebuildTensor(path, args),
    // (data, requires_grad, backward_hooks)
    'torch._utils._rebuild_parameter': ([data]) => data ?? null,
  }
  const callable = Object.entries(calls).map(([name, call]) => [name, { kind: 'global', name, call }] as const)
  const storages = Object.keys(storageDtypes).map((name) => [name, { kind: 'global', name }] as const)
  return new Map<string, PickleGlobal<TorchStorage | TorchTensor>>([...callable, ...storages])
}

function newOrderedDict(path: string, args: readonly Value[]): Value {
  if (args.length > 0) throw fault(path, 'expected an empty OrderedDict to fill, found one with arguments')
  return { kind: 'dict', entries: new Map() }
}

/** Persistent id: ('storage', storage type, key, device, number of elements). */
function loadStorage(path: string, id: Value): Value {
  const [tag, type, key, , count] = tupleItems(id) ?? []
  const dtype = isObject(type) && type.kind === 'global' ? storageDtypes[type.name] : undefined
  if (tag !== 'storage' || !dtype || typeof key !== 'string' || !isCount(count)) {
    throw fault(path, 'expected a storage (type, key, device, size) as persistent id, found something else')
  }
  return { kind: 'custom', custom: { kind: 'storage', key, dtype, elementCount: count } }
}

/** Arguments: (storage, storage_offset, size, stride, requires_grad, backward_hooks). */
function rebuildTensor(path: string, [storageValue, storageOffset, size, stride]: readonly Value[]): Value {
  const storage = isObject(storageValue) && storageValue.kind === 'custom' && storageValue.custom.kind === 'storage' ? storageValue.custom : undefined
  const shape = counts(size)
  const strides = counts(stride)
  if (!storage || !isCount(storageOffset) || !shape || !strides || shape.length !== strides.length || shape.length > maxRank) {
    throw fault(path, 'expected a tensor (storage, offset, size, stride), found other arguments')
  }
  const lastElement = shape.reduce((sum, length, dimension) => sum + (length - 1) * (strides[dimension] ?? 0), storageOffset)
  const elements = elementCount(shape)
  // More elements than the storage holds means stride 0 (a broadcast view): nothing saves weights so, and it is a way to ask for terabytes.
  if (elements > 0 && (lastElement >= storage.elementCount || elements > storage.elementCount)) {
    const problem = `expected a view inside its ${storage.elementCount} elements, found shape ${showShape(shape)} stride ${showShape(strides)} offset ${storageOffset}`
    throw fault(path, `storage ${storage.key}: ${problem}`)
  }
  return { kind: 'custom', custom: { kind: 'tensor', storage, storageOffset, shape, strides } }
}

function collectTensors(path: string, root: Value): ReadonlyMap<string, TorchTensor> {
  const tensors = new Map<string, TorchTensor>()
  let visited = 0
  const visit = (value: Value, name: string, depth: number): void => {
    if (depth > maxNesting) throw fault(path, `expected at most ${maxNesting} nested dictionaries, found more`)
    if (++visited > maxEntries) throw fault(path, `expected at most ${maxEntries} entries, found more`)
    if (!isObject(value)) return
    if (value.kind === 'custom' && value.custom.kind === 'tensor') {
      if (tensors.has(name)) {
        throw new CheckpointFormatError({ path, tensorName: name }, 'expected each tensor once, found two of this name')
      }
      tensors.set(name, value.custom)
    } else if (value.kind === 'dict') {
      for (const [key, item] of value.entries) visit(item, name ? `${name}.${key}` : String(key), depth + 1)
    }
  }
  visit(root, '', 0)
  return tensors
}

function tupleItems(value: Value | undefined): readonly Value[] | undefined {
  return isObject(value) && value.kind === 'tuple' ? value.items : undefined
}

function counts(value: Value | undefined): readonly number[] | undefined {
  const items = tupleItems(value)
  return items?.every(isCount) ? items : undefined
}

function isCount(value: Value | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function isObject(value: Value | undefined): value is Exclude<Value, null | boolean | number | string> {
  return typeof value === 'object' && value !== null
}

function fault(path: string, problem: string): CheckpointFormatError {
  return new CheckpointFormatError({ path, field: 'data.pkl' }, problem)
}
