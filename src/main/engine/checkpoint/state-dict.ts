/** @file Reads a small state dict from safetensors or a torch archive, and hands its tensors out with their shapes checked. Knows no model. */
import type { HostTensor } from '../tensor/host-tensor.ts'
import { CheckpointFormatError, showShape } from './errors.ts'
import { readSafetensorsHeader, readTensor } from './safetensors.ts'
import { readTorchArchive } from './torch-archive.ts'

/** All tensors of `path` in float32; the ending decides the format. Throws CheckpointFormatError. */
export function readStateDict(path: string): ReadonlyMap<string, HostTensor> {
  if (!path.endsWith('.safetensors')) return readTorchArchive(path)
  const { path: file, entries } = readSafetensorsHeader(path)
  return new Map([...entries].map(([name, entry]) => [name, readTensor({ ...entry, name, file })]))
}

/** A length that must match, or null where any length will do. */
export type ShapePattern = readonly (number | null)[]

/** Tensors of one file that are taken out by name; what nobody took can be asked for at the end. */
export class NamedTensors {
  readonly path: string
  readonly #tensors: ReadonlyMap<string, HostTensor>
  readonly #taken = new Set<string>()

  constructor(path: string, tensors: ReadonlyMap<string, HostTensor>) {
    this.path = path
    this.#tensors = tensors
  }

  has(name: string): boolean {
    return this.#tensors.has(name)
  }

  /** The tensor, or a CheckpointFormatError when it is missing or of another shape. */
  require(name: string, shape: ShapePattern): HostTensor {
    const expected = showShape(shape.map((length) => length ?? NaN)).replaceAll('NaN', 'any')
    const place = { path: this.path, tensorName: name }
    const tensor = this.#tensors.get(name)
    if (!tensor) throw new CheckpointFormatError(place, `expected shape ${expected}, found no such tensor`)
    const fits = tensor.shape.length === shape.length && shape.every((length, i) => length === null || length === tensor.shape[i])
    if (!fits) throw new CheckpointFormatError(place, `expected shape ${expected}, found ${showShape(tensor.shape)}`)
    this.#taken.add(name)
    return tensor
  }

  /** A single number, stored as `[1]` or as a scalar. */
  requireScalar(name: string): number {
    const stored = this.#tensors.get(name)
    return this.require(name, stored?.shape.length === 0 ? [] : [1]).data[0]!
  }

  /** Every tensor with the file. */
  files(): [HostTensor, string][] {
    return [...this.#tensors.values()].map((tensor) => [tensor, this.path])
  }

  unused(): string[] {
    return [...this.#tensors.keys()].filter((name) => !this.#taken.has(name))
  }
}
