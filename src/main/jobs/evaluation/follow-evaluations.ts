/** @file Everything that happens to runs, as a stream for one listener. It changes nothing and holds no more than a few thousand events. */
import type { EvaluationEvent, EvaluationRun } from '../../../shared/domain/evaluation.ts'
import type { EvaluationRunId } from '../../../shared/domain/experiment-ids.ts'
import { Mailbox } from '../../sessions/index.ts'

/** Beyond it the oldest event is dropped, and every run that changed is told again as it is then. */
const LISTENER_CAPACITY = 1_024

export interface FollowedRuns {
  /** @returns the function that stops listening */
  listen(listener: (event: EvaluationEvent) => void): () => void
  list(): Promise<EvaluationRun[]>
}

/** First each run that is queued or running, then what happens, until `signal` aborts. A slow listener misses results, never a run's last state. */
export async function* followEvaluations({ listen, list }: FollowedRuns, signal: AbortSignal | undefined): AsyncGenerator<EvaluationEvent, void, undefined> {
  const mailbox = new Mailbox<{ sequence: number; event: EvaluationEvent }>({ capacity: LISTENER_CAPACITY })
  const changed = new Set<EvaluationRunId>()
  let posted = 0
  const leave = listen((event) => {
    if (event.kind === 'run') changed.add(event.run.id)
    mailbox.post({ sequence: ++posted, event })
  })
  try {
    for (const run of await list()) if (run.status === 'running' || run.status === 'queued') yield { kind: 'run', run }
    let told = 0
    for await (const { sequence, event } of mailbox.read({ signal })) {
      if (sequence > told + 1) for (const run of await list()) if (changed.has(run.id)) yield { kind: 'run', run }
      told = sequence
      yield event
    }
  } finally {
    leave()
  }
}
