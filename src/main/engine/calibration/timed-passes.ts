/** @file Times forward passes of a decoder over caches of its own: one row, several, a prompt. It does not know how many layers the decoder has. */
import type { DecoderSession } from '../runtime/decoder-session.ts'
import type { RowInput } from '../runtime/ragged-batch.ts'
import { BATCH_ROWS, PREFILL_LENGTH, type PassTimes } from './whole-model-speed.ts'

/** Passes that are not counted: memory is touched and shaders are compiled in them. */
const WARM_PASSES = 2
/** Passes of one kind: so many, then until the time is spent. Their minimum is what no other work of the machine disturbed. */
const MIN_PASSES = 3
const MAX_PASSES = 20
const PASSES_MS = 150
/** Where passes take this long, as on a device that software stands in for, one of them tells enough. */
const LONG_MS = 1_000

export interface TimingOptions {
  /** Whether passes end with logits. */
  readonly wantLogits: boolean
  /** Milliseconds of any clock. */
  readonly now: () => number
}

/** The shortest pass of each kind. */
export async function timePasses(decoder: DecoderSession, { wantLogits, now }: TimingOptions): Promise<PassTimes> {
  const adapter = decoder.adapterFeeds(new Map())
  const outcome = wantLogits ? { wantLogits } : { hiddenStates: 1 }
  const oneRow = decoder.newCache(1)
  const rows = decoder.newCache(BATCH_ROWS)
  const inputs = (count: number, start: number, length: number): RowInput[] =>
    Array.from({ length: count }, (_, row) => ({
      row,
      ids: Array.from({ length }, (_, index) => (row + index) % decoder.config.vocabSize),
      positions: Array.from({ length }, (_, index) => start + index),
      ...outcome,
    }))
  try {
    const prefill = await shortest(now, async () => {
      oneRow.truncate(0, 0)
      await decoder.forward(oneRow, adapter, inputs(1, 0, PREFILL_LENGTH))
    })
    const decode = await shortest(now, async () => {
      await decoder.forward(oneRow, adapter, inputs(1, oneRow.length(0), 1))
    })
    const batch = await shortest(now, async () => {
      await decoder.forward(rows, adapter, inputs(BATCH_ROWS, rows.length(0), 1))
    })
    return { decode, batch, prefill }
  } finally {
    oneRow.dispose()
    rows.dispose()
  }
}

async function shortest(now: () => number, pass: () => Promise<void>): Promise<number> {
  await repeat(pass, (count, elapsedMs) => count < WARM_PASSES && elapsedMs < LONG_MS, now)
  let least = Infinity
  const timed = async (): Promise<void> => {
    const started = now()
    await pass()
    least = Math.min(least, now() - started)
  }
  await repeat(timed, (count, elapsedMs) => (count < MIN_PASSES ? elapsedMs < LONG_MS : count < MAX_PASSES && elapsedMs < PASSES_MS), now)
  return least
}

/** Once, and on as long as wanted. */
async function repeat(work: () => Promise<void>, goesOn: (count: number, elapsedMs: number) => boolean, now: () => number): Promise<void> {
  const begun = now()
  let count = 0
  do {
    await work()
    count++
  } while (goesOn(count, now() - begun))
}
