/** @file The latents of one insertion as a row of `evaluation_latents`, both ways. Does not know queries. */
import { z } from 'zod'
import type { CompactRecord, CompactWeave } from '../../../shared/domain/compact-record.ts'
import { type Matrix, type WeaveKind, weaveKindSchema } from '../../../shared/domain/weave.ts'
import { float16ToFloat32, float32ToFloat16 } from '../../../shared/half.ts'
import type { EvaluationLatentsTable, ResultPlace } from '../evaluation-tables.ts'
import { readRow } from './read-row.ts'
import { nameOf } from './result-row.ts'

/** Values beyond the largest half would become infinite: such a block is kept in float32. */
const LARGEST_HALF = 65504

/** Numbers as bytes, little-endian: the byte order of every platform the app runs on. Read from a copy, because a blob's bytes may start anywhere. */
const formats = {
  f16: { bytes: 2, write: (data: Float32Array) => bytesOf(float32ToFloat16(data)), read: (blob: Uint8Array) => float16ToFloat32(new Uint16Array(Uint8Array.from(blob).buffer)) },
  f32: { bytes: 4, write: (data: Float32Array) => bytesOf(data), read: (blob: Uint8Array) => new Float32Array(Uint8Array.from(blob).buffer) },
}

/** A kept block with its place. Sides that were not kept are null. */
export interface KeptLatents {
  readonly turn: number
  readonly stepIndex: number
  readonly kind: WeaveKind
  /** [K, hidden] as they were injected, rounded to halves where `latents_format` is `f16`. */
  readonly latents: Matrix | null
  /** [K, weaver hidden] */
  readonly latentsBeforeProjection: Matrix | null
}

const blob = z.instanceof(Uint8Array).nullable()
const columnCount = z.int().min(1).nullable()

const latentsRowSchema = z
  .object({
    turn: z.int().nonnegative(),
    step_index: z.int().nonnegative(),
    kind: weaveKindSchema,
    latents_rows: z.int().min(1),
    latents_columns: columnCount,
    latents_format: z.enum(['f16', 'f32']).nullable(),
    latents: blob,
    latents_before_projection_columns: columnCount,
    latents_before_projection: blob,
  })
  .transform((row, context): KeptLatents => {
    const matrix = (column: 'latents' | 'latents_before_projection', format: keyof typeof formats): Matrix | null => {
      const { latents_rows: rows, [`${column}_columns` as const]: columns, [column]: bytes } = row
      if (bytes === null) return null
      if (columns !== null && bytes.length === rows * columns * formats[format].bytes) return { rows, columns, data: formats[format].read(bytes) }
      context.addIssue({ code: 'custom', path: [column], message: `it must hold latents_rows x ${column}_columns numbers` })
      return null
    }
    return { turn: row.turn, stepIndex: row.step_index, kind: row.kind, latents: matrix('latents', row.latents_format ?? 'f32'), latentsBeforeProjection: matrix('latents_before_projection', 'f32') }
  })

/** The row of a block of which anything was kept, else none. */
export function toLatentsRows(place: ResultPlace, turn: number, { stepIndex, kind, norms, latents, latentsBeforeProjection }: CompactWeave): EvaluationLatentsTable[] {
  if (latents === null && latentsBeforeProjection === null) return []
  // Kept beside the weaver's hidden states, the projected latents are to be as exact as those.
  const format = latentsBeforeProjection === null && latents?.every((value) => !(Math.abs(value) > LARGEST_HALF)) === true ? 'f16' : 'f32'
  return [
    {
      ...place,
      turn,
      step_index: stepIndex,
      kind,
      latents_rows: norms.length,
      latents_columns: latents === null ? null : latents.length / norms.length,
      latents_format: latents === null ? null : format,
      latents: latents === null ? null : formats[format].write(latents),
      latents_before_projection_columns: latentsBeforeProjection === null ? null : latentsBeforeProjection.length / norms.length,
      latents_before_projection: latentsBeforeProjection === null ? null : formats.f32.write(latentsBeforeProjection),
    },
  ]
}

/** @throws {LogRowError} */
export function fromLatentsRow(path: string, row: EvaluationLatentsTable): KeptLatents {
  return readRow({ path, table: 'evaluation_latents', id: `${nameOf(row)}/${row.turn}/${row.step_index}` }, latentsRowSchema, row)
}

/** The record with what was kept of its blocks. */
export function withLatents(record: CompactRecord, kept: readonly KeptLatents[]): CompactRecord {
  const blockAt = new Map(kept.map((block) => [block.stepIndex, block]))
  const weaves = record.weaves.map((weave) => {
    const block = blockAt.get(weave.stepIndex)
    return { ...weave, latents: block?.latents?.data ?? null, latentsBeforeProjection: block?.latentsBeforeProjection?.data ?? null }
  })
  return { ...record, weaves }
}

function bytesOf(data: Float32Array | Uint16Array): Uint8Array {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength)
}
