/** @file A sweep as a stream: what is recorded, then what happens. It changes nothing. */
import type { Sweep, SweepEvent, SweepOutcome } from '../../../shared/domain/sweep.ts'
import type { LiveSweep } from './live-sweep.ts'

type SweepEvents = AsyncGenerator<SweepEvent, void, undefined>

/** The sweep, its outcomes, then every event until it stops or `signal` aborts; none is missed and none told twice. */
export async function* followSweep(live: LiveSweep, signal: AbortSignal | undefined): SweepEvents {
  const { sweep, outcomes, mailbox, leave } = await live.listen()
  try {
    yield* replaySweep(sweep, outcomes)
    // It may have ended between the two.
    if (live.sweep.status !== 'running' && sweep.status === 'running') yield { kind: 'sweep', sweep: live.sweep }
    yield* mailbox.read({ signal })
  } finally {
    leave()
  }
}

/** The sweep and its outcomes; one that rests has no future. */
export async function* replaySweep(sweep: Sweep, outcomes: readonly SweepOutcome[]): SweepEvents {
  yield { kind: 'sweep', sweep }
  for (const outcome of outcomes) yield { kind: 'outcome', outcome }
}
