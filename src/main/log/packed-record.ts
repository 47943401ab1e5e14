/**
 * @file One generation's compact record as bytes, column after column (docs/log-schema.md, "The packed record"), and back. What SQL asks
 * for lies elsewhere: the text, the places that were asked, latents and their donors. Does not know tables.
 *
 * Norms are kept as float32.
 */
import type { CompactRecord, CompactWeave } from '../../shared/domain/compact-record.ts'
import { ByteReader, ByteWriter } from './byte-columns.ts'
import { fromStoredText, toStoredText } from './stored-values.ts'

/** The first byte; what is read must begin with it. A record of another form gets another number. */
const VERSION = 1

/** Whether the pieces are the turn's text and what follows it, as they nearly always are, or a text of their own. */
const CONTINUES_TEXT = 1

const kinds = ['prompt', 'inference'] as const satisfies readonly CompactWeave['kind'][]

export type PackedColumns = Omit<CompactRecord, 'asked' | 'donors'>

/**
 * @param text of the turn, which is kept beside the bytes and given back to {@link unpackRecord}; null keeps the pieces' own text within them
 * Latents are left out. Throws where columns differ in length.
 */
export function packRecord(record: PackedColumns, text: string | null): Uint8Array {
  const { promptTokenCount, tokenIds, texts, logprobs, entropies, weaves } = record
  const count = tokenIds.length
  if (texts.length !== count || logprobs.length !== count || entropies.length !== count) {
    throw new Error(`internal: a record has ${count} tokens, ${texts.length} texts, ${logprobs.length} logprobs and ${entropies.length} entropies`)
  }
  const joined = texts.join('')
  const continuesText = text !== null && joined.startsWith(text)
  const writer = new ByteWriter()
  writer.byte(VERSION)
  writer.byte(continuesText ? CONTINUES_TEXT : 0)
  writer.varint(promptTokenCount)
  writer.varint(count)
  tokenIds.forEach((id) => writer.varint(id))
  texts.forEach((piece) => writer.varint(piece.length))
  writer.text(toStoredText(continuesText ? joined.slice(text.length) : joined))
  writer.varint(weaves.length)
  for (const { stepIndex, kind, contextLength, norms } of weaves) {
    writer.varint(stepIndex)
    writer.byte(kinds.indexOf(kind))
    writer.varint(contextLength)
    writer.varint(norms.length)
    writer.floats(Float32Array.from(norms))
  }
  writer.floats(logprobs)
  writer.floats(entropies)
  return writer.bytes()
}

/** The bytes of a record that {@link readTokenCount} needs at most: two of one byte each, two numbers of up to 53 bits. */
export const RECORD_HEAD_BYTES = 18

/**
 * The tokens of a record, from its beginning alone.
 *
 * Throws RangeError that says what was expected.
 */
export function readTokenCount(head: Uint8Array): number {
  const { reader } = beginRecord(head)
  reader.varint()
  return reader.varint()
}

/**
 * The record that {@link packRecord} was given, its weaves without latents.
 *
 * @param text of the turn, as it was given then
 * Throws RangeError that says what was expected.
 */
export function unpackRecord(bytes: Uint8Array, text: string | null): PackedColumns {
  const { reader, continuesText } = beginRecord(bytes)
  const promptTokenCount = reader.varint()
  const count = reader.count(2)
  const tokenIds = new Int32Array(count).map(() => reader.varint())
  const lengths = Array.from({ length: count }, () => reader.varint())
  const ownText = fromStoredText(reader.text())
  const texts = cut(continuesText ? (text ?? '') + ownText : ownText, lengths)
  const weaves = Array.from({ length: reader.count(4) }, () => readWeave(reader))
  const logprobs = reader.floats(count)
  const entropies = reader.floats(count)
  reader.end()
  return { promptTokenCount, tokenIds, texts, logprobs, entropies, weaves }
}

function beginRecord(bytes: Uint8Array): { reader: ByteReader; continuesText: boolean } {
  const reader = new ByteReader(bytes)
  const version = reader.byte()
  if (version !== VERSION) throw new RangeError(`a packed record of version ${VERSION} was expected, found ${version}`)
  return { reader, continuesText: reader.byte() === CONTINUES_TEXT }
}

function readWeave(reader: ByteReader): CompactWeave {
  const stepIndex = reader.varint()
  const kind = kinds[reader.byte()]
  if (kind === undefined) throw new RangeError('a weave is either of the prompt or of an inference')
  const contextLength = reader.varint()
  const norms = [...reader.floats(reader.count(4))]
  return { stepIndex, kind, contextLength, norms, latents: null, latentsBeforeProjection: null }
}

/** @param lengths in UTF-16 units */
function cut(text: string, lengths: readonly number[]): string[] {
  let at = 0
  const pieces = lengths.map((length) => text.slice(at, (at += length)))
  if (at !== text.length) throw new RangeError(`pieces of ${text.length} UTF-16 units were expected, found ${at}`)
  return pieces
}
