/** @file Numbers and texts one after the other in bytes, written and read. Does not know what they mean. */

const FLOAT_BYTES = Float32Array.BYTES_PER_ELEMENT
const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Grows as it is written to. */
export class ByteWriter {
  #bytes = new Uint8Array(1024)
  #length = 0

  byte(value: number): void {
    this.#reserve(1)
    this.#bytes[this.#length++] = value
  }

  /** A whole number from 0 on, seven bits a byte, the lowest first (unsigned LEB128). */
  varint(value: number): void {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`internal: a whole number from 0 on was expected, found ${value}`)
    let rest = value
    while (rest >= 0x80) {
      this.byte((rest % 0x80) | 0x80)
      rest = Math.floor(rest / 0x80)
    }
    this.byte(rest)
  }

  /** UTF-8, its length in bytes first. */
  text(text: string): void {
    const bytes = encoder.encode(text)
    this.varint(bytes.length)
    this.#append(bytes)
  }

  /** float32 in the byte order of every platform the app runs on, little-endian. */
  floats(values: Float32Array): void {
    this.#append(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
  }

  bytes(): Uint8Array {
    return this.#bytes.slice(0, this.#length)
  }

  #append(bytes: Uint8Array): void {
    this.#reserve(bytes.length)
    this.#bytes.set(bytes, this.#length)
    this.#length += bytes.length
  }

  #reserve(count: number): void {
    const needed = this.#length + count
    if (needed <= this.#bytes.length) return
    const larger = new Uint8Array(Math.max(needed, 2 * this.#bytes.length))
    larger.set(this.#bytes)
    this.#bytes = larger
  }
}

/** Reads what {@link ByteWriter} wrote; throws RangeError where bytes are missing, left over, or not what they should be. */
export class ByteReader {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  byte(): number {
    const value = this.#bytes[this.#at++]
    if (value === undefined) throw new RangeError(`more than ${this.#bytes.length} bytes were expected`)
    return value
  }

  varint(): number {
    let value = 0
    for (let scale = 1; ; scale *= 0x80) {
      const byte = this.byte()
      value += (byte & 0x7f) * scale
      if (!Number.isSafeInteger(value)) throw new RangeError('a number of at most 53 bits was expected')
      if (byte < 0x80) return value
    }
  }

  /** A number of things that take at least `minBytes` each: damaged bytes cannot ask for more memory than they could fill. */
  count(minBytes: number): number {
    const count = this.varint()
    const left = this.#bytes.length - this.#at
    if (count * minBytes > left) throw new RangeError(`${count} entries were announced, but ${left} bytes are left`)
    return count
  }

  text(): string {
    return decoder.decode(this.#take(this.varint()))
  }

  floats(count: number): Float32Array {
    // Copied, because float32 must be aligned and these bytes may start anywhere.
    return new Float32Array(Uint8Array.from(this.#take(count * FLOAT_BYTES)).buffer)
  }

  end(): void {
    const left = this.#bytes.length - this.#at
    if (left > 0) throw new RangeError(`${left} bytes are left over`)
  }

  #take(count: number): Uint8Array {
    const end = this.#at + count
    if (end > this.#bytes.length) throw new RangeError(`${count} bytes were expected, found ${this.#bytes.length - this.#at}`)
    const taken = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return taken
  }
}
