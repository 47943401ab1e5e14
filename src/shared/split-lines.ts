/** @file The lines of a stream of bytes. It does not know what a line holds, and decodes nothing. */

const lineFeed = 0x0a

/**
 * Lines without their line feed, which alone ends one: U+2028 and U+2029, at which Node's readline splits as well, may stand in JSON's texts
 * as they are. What follows the last line feed is a line unless it is empty.
 * @param limitBytes of a longer line only that it is `too long` is told; it is skipped without being held in memory
 */
export async function* splitLines(chunks: AsyncIterable<Uint8Array>, limitBytes: number): AsyncGenerator<Uint8Array | 'too long'> {
  let parts: Uint8Array[] = []
  let sizeBytes = 0
  const append = (part: Uint8Array): void => {
    sizeBytes += part.length
    if (sizeBytes <= limitBytes) parts.push(part)
    else parts = []
  }
  const takeLine = (): Uint8Array | 'too long' => {
    const line = sizeBytes <= limitBytes ? join(parts, sizeBytes) : 'too long'
    parts = []
    sizeBytes = 0
    return line
  }
  for await (const chunk of chunks) {
    let start = 0
    for (let end = chunk.indexOf(lineFeed); end >= 0; end = chunk.indexOf(lineFeed, start)) {
      append(chunk.subarray(start, end))
      yield takeLine()
      start = end + 1
    }
    append(chunk.subarray(start))
  }
  if (sizeBytes > 0) yield takeLine()
}

function join(parts: readonly Uint8Array[], sizeBytes: number): Uint8Array {
  const [only] = parts
  if (only !== undefined && parts.length === 1) return only
  const line = new Uint8Array(sizeBytes)
  let at = 0
  for (const part of parts) {
    line.set(part, at)
    at += part.length
  }
  return line
}
