/** @file Named float32 parameters laid one after the other in one flat vector. Knows neither graphs nor optimizers. */
import { elementCount } from '../tensor/dtype.ts'

export interface ParameterEntry {
  readonly name: string
  readonly shape: readonly number[]
  /** Row-major values, copied. @default zeros */
  readonly data?: Float32Array
}

/** One parameter as it is listed to people. */
export interface ParameterSummary {
  readonly name: string
  readonly shape: readonly number[]
  /** Number of elements. */
  readonly count: number
}

/** Where a parameter lies in {@link ParameterSet.values}: `[start, end)`. */
interface Place {
  readonly shape: readonly number[]
  readonly start: number
  readonly end: number
}

/**
 * Parameters, or one number for each of their elements (gradients, moments), in a fixed order.
 * One flat vector lets optimizer steps, norms and copies be single loops, and a graph take all of them as one input.
 */
export class ParameterSet {
  /** All elements, `[elementCount] float32`; writing here writes the parameters. */
  readonly values: Float32Array
  readonly #places: ReadonlyMap<string, Place>

  private constructor(places: ReadonlyMap<string, Place>, values: Float32Array) {
    this.#places = places
    this.values = values
  }

  /** Lays the entries out in their order. Throws when two share a name or data does not fit its shape: a bug of the caller. */
  static from(entries: Iterable<ParameterEntry>): ParameterSet {
    const listed = [...entries]
    const places = layOut(listed)
    const total = [...places.values()].at(-1)?.end ?? 0
    const set = new ParameterSet(places, new Float32Array(total))
    for (const { name, data } of listed) if (data !== undefined) set.#write(name, data)
    return set
  }

  get names(): readonly string[] {
    return [...this.#places.keys()]
  }

  get elementCount(): number {
    return this.values.length
  }

  has(name: string): boolean {
    return this.#places.has(name)
  }

  /** The elements of one parameter, row-major; a window onto {@link values}, not a copy. */
  view(name: string): Float32Array {
    const { start, end } = this.#place(name)
    return this.values.subarray(start, end)
  }

  shapeOf(name: string): readonly number[] {
    return this.#place(name).shape
  }

  list(): ParameterSummary[] {
    return [...this.#places].map(([name, { shape, start, end }]) => ({ name, shape, count: end - start }))
  }

  /** A set of the same names, shapes and order, all zero. */
  zerosLike(): ParameterSet {
    return new ParameterSet(this.#places, new Float32Array(this.elementCount))
  }

  /** An independent copy, for instance of the best parameters so far. */
  snapshot(): ParameterSet {
    return new ParameterSet(this.#places, this.values.slice())
  }

  /** Takes over all values of a set with the same names and shapes in the same order. */
  copyFrom(other: ParameterSet): void {
    this.assertSameLayout(other)
    this.values.set(other.values)
  }

  /** Throws unless `other` has the same names and shapes in the same order: a bug of the caller. */
  assertSameLayout(other: ParameterSet): void {
    if (this.#places === other.#places) return
    const mine = describeLayout(this)
    const others = describeLayout(other)
    const index = mine.findIndex((line, at) => line !== others[at])
    if (index >= 0 || mine.length !== others.length) {
      const at = index >= 0 ? index : mine.length
      throw new Error(`internal: parameter ${at}: expected ${mine[at] ?? 'none'}, found ${others[at] ?? 'none'}`)
    }
  }

  #place(name: string): Place {
    const place = this.#places.get(name)
    if (place === undefined) throw new Error(`internal: no parameter named ${name}`)
    return place
  }

  #write(name: string, data: Float32Array): void {
    const { shape, start, end } = this.#place(name)
    if (data.length !== end - start) {
      throw new Error(`internal: ${name} of shape [${shape.join(', ')}] needs ${end - start} values, got ${data.length}`)
    }
    this.values.set(data, start)
  }
}

function layOut(entries: readonly ParameterEntry[]): Map<string, Place> {
  const places = new Map<string, Place>()
  let start = 0
  for (const { name, shape } of entries) {
    if (places.has(name)) throw new Error(`internal: two parameters are named ${name}`)
    const end = start + elementCount(shape)
    places.set(name, { shape: [...shape], start, end })
    start = end
  }
  return places
}

function describeLayout(set: ParameterSet): string[] {
  return set.list().map(({ name, shape }) => `${name} [${shape.join(', ')}]`)
}
