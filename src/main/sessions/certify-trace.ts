/** @file Runs a trace again from its prompt in a rollout of its own, which no log and no listener hears of. It does not judge what came out. */
import type { TraceId } from '../../shared/domain/identifiers.ts'
import type { Finish, Trace } from '../../shared/domain/trace.ts'
import type { EngineHost } from '../engine-host/index.ts'
import type { RecordedStep } from '../log/index.ts'
import { closeRollout } from './close-rollout.ts'
import { compareRuns, endsByItself, isSameChoice, type RunComparison } from './compare-runs.ts'
import { resolveChanges } from './generation-record.ts'
import { sourcesFor } from './generation-sources.ts'
import type { SessionLog } from './session-log.ts'
import type { FindCentroids } from './trace-centroids.ts'

export interface CertifyingParts {
  readonly engine: EngineHost
  readonly log: SessionLog
  readonly findCentroids: FindCentroids
}

/**
 * The trace as recorded against a re-run, step by step up to the first other token or decision: beyond it nothing can be compared. Other
 * sessions get their turns between its steps. Raises the signal's reason and whatever engine and log raise.
 */
export async function certifyTrace({ engine, log, findCentroids }: CertifyingParts, trace: Trace, { rolloutId, signal }: { rolloutId: TraceId; signal: AbortSignal }): Promise<RunComparison> {
  const { modelId, prompt, config, changes, origin } = trace.header
  const needed = { ...(await sourcesFor({ log, findCentroids }, { config, changes, origin })), changes: await resolveChanges(log, changes) }
  const again: RecordedStep[] = []
  const hasStrayed = (): boolean => {
    const latest = again.at(-1)
    return latest !== undefined && !isSameChoice(trace.steps[latest.step.index], latest)
  }
  const stopListening = engine.onStep((message) => {
    if (message.rolloutId === rolloutId && !hasStrayed()) again.push({ step: message.step, weave: message.weave })
  })
  try {
    // Nearest vocabulary entries follow from the latents and cost a pass over the vocabulary each.
    const rerunConfig = { ...config, recordNearest: 0 }
    await engine.call('open', { rolloutId, modelId, prompt, config: rerunConfig, ...needed }, { signal })
    try {
      let finish: Finish | null = null
      while (finish === null && again.length < trace.steps.length && !hasStrayed()) ({ finish } = await engine.call('steps', { rolloutId, count: trace.steps.length - again.length }, { signal }))
      // A row that ends for want of room for latents does so in a step that gives no token; where one comes, the lengths differ.
      if (finish === null && endsByItself(trace.header.finish) && again.length === trace.steps.length && !hasStrayed()) ({ finish } = await engine.call('steps', { rolloutId, count: 1 }, { signal }))
      return compareRuns(trace, { records: again, finish })
    } finally {
      await closeRollout(engine, rolloutId)
    }
  } finally {
    stopListening()
  }
}
