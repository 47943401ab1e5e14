/** @file The watched expressions as a kept list. It does not know what they are worth. */
import { z } from 'zod'
import { MAX_SOURCE_LENGTH } from '../../../shared/debugging/index.ts'
import { readEntries } from './breakpoint-list.ts'

/** A watch is its source; a broken one is kept and shown as broken. */
const sourceSchema = z.string().min(1).max(MAX_SOURCE_LENGTH)

/** localStorage is foreign input: an entry that is no source, or is there twice, is dropped. */
export const watchListSerializer = {
  read: (raw: string): string[] => [...new Set(readEntries(raw).flatMap((entry) => sourceSchema.safeParse(entry).data ?? []))],
  write: (sources: readonly string[]): string => JSON.stringify(sources),
}
