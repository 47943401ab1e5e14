/**
 * @file A reasoner with dynamic rotary angles: beyond the trained length a key belongs to the length that the context had when it was read,
 * so a row whose cache was emptied is read in the same portions as at first. Does nothing where keys stay valid.
 */
import type { KeyValueCache } from '../runtime/key-value-cache.ts'
import type { ContextSlice } from './context.ts'
import type { Role } from './role.ts'
import type { ContextRead } from './rollout-row.ts'

export interface ReadRow {
  readonly row: number
  /** All of them in order; the last is yet to come. */
  readonly reads: readonly ContextRead[]
  /** Positions from `start` to before `end`. */
  readonly slice: (start: number, end: number) => ContextSlice
}

/** Fills the cache with what a row had read before its last read. */
export async function repeatReads(role: Role, cache: KeyValueCache, { row, reads, slice }: ReadRow): Promise<void> {
  for (const end of earlierEnds(role, reads)) {
    const start = cache.length(row)
    if (end <= start) continue
    const portion = slice(start, end)
    await role.forward(cache, [{ row, ...portion, positions: portion.ids.map((_, index) => start + index) }])
  }
}

/** Lengths at which portions ended. Up to the trained length all angles are the same: the last portion there stands for those before. */
function earlierEnds(role: Role, reads: readonly ContextRead[]): number[] {
  // Where latents come in beyond it, everything is read again (docs/REFERENCE.md 2).
  const whole = reads.findLastIndex(({ length, hasNewLatents }) => hasNewLatents && role.isLengthDependent(length))
  const lengths = reads.slice(Math.max(whole, 0)).map(({ length }) => length)
  return lengths.slice(0, -1).filter((length, index) => role.isLengthDependent(length) || role.isLengthDependent(lengths[index + 1] ?? length))
}
