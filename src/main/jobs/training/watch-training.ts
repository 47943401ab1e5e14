/** @file A training run as a stream: what is recorded, then what happens. It changes nothing. */
import type { TrainingMessage } from '../../../shared/domain/training-run.ts'
import type { LiveTraining } from './live-training.ts'

/**
 * The record, then every message until the run ends or `signal` aborts; none is missed and none told twice. Where a slow listener's
 * mailbox has dropped some, the record comes again.
 */
export async function* followTraining(live: LiveTraining, signal: AbortSignal | undefined): AsyncGenerator<TrainingMessage, void, undefined> {
  const { mailbox, leave } = live.listen()
  try {
    const first = await live.snapshot()
    let told = first.sequence
    yield { kind: 'record', record: first.record }
    for await (const { sequence, message } of mailbox.read({ signal })) {
      if (sequence <= told) continue
      if (sequence > told + 1) {
        const again = await live.snapshot()
        told = again.sequence
        yield { kind: 'record', record: again.record }
        continue
      }
      told = sequence
      yield message
    }
  } finally {
    leave()
  }
}
