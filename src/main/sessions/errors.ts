/** @file What can be wrong with a request about a session, as data. It does not know RPC codes. */
import type { ResultOrigin } from '../../shared/domain/trace.ts'

export class ModelNotFoundError extends Error {
  override name = 'ModelNotFoundError'
  readonly modelId: string

  constructor(modelId: string) {
    super(`No model ${modelId} in the library.`)
    this.modelId = modelId
  }
}

/** The trace exists, but its generation has ended: there is nothing to step. */
export class SessionNotLiveError extends Error {
  override name = 'SessionNotLiveError'
  readonly traceId: string

  constructor(traceId: string) {
    super(`Trace ${traceId} has finished. Restart generates anew; a change at one of its steps makes a branch that can be stepped.`)
    this.traceId = traceId
  }
}

/** A latent block that a request names, or that a change takes its latents from, is not in the log. */
export class WeaveNotFoundError extends Error {
  override name = 'WeaveNotFoundError'
  readonly traceId: string
  readonly weaveId: string

  constructor(traceId: string, weaveId: string) {
    super(`Trace ${traceId} has no latent block ${weaveId} in the log.`)
    this.traceId = traceId
    this.weaveId = weaveId
  }
}

/** A fork was asked for behind the end of what is recorded. */
export class ForkPositionError extends Error {
  override name = 'ForkPositionError'
  readonly traceId: string

  constructor(traceId: string, stepIndex: number, stepCount: number) {
    super(`Trace ${traceId} cannot be forked at step ${stepIndex}: ${stepCount} steps are recorded, so ${stepCount} is the last that can be changed.`)
    this.traceId = traceId
  }
}

/** A cluster's ablation that cannot be computed: its set is unknown, or there are several. */
export class ClusterSetError extends Error {
  override name = 'ClusterSetError'
}

/** A result was given latents of other samples, and is of before it was recorded whose. */
export class DonorsUnknownError extends Error {
  override name = 'DonorsUnknownError'
  readonly origin: ResultOrigin

  constructor(origin: ResultOrigin) {
    super(`${origin.sampleId} was generated with latents of other samples by an older version, which did not record whose: it cannot be generated again.`)
    this.origin = origin
  }
}

/** A replay stopped before its end; its trace is kept and can be taken up. */
export class ReplayStoppedError extends Error {
  override name = 'ReplayStoppedError'
  readonly traceId: string

  constructor(traceId: string, reason: string) {
    super(`The replay was kept as trace ${traceId}, but did not come to its end: ${reason}`)
    this.traceId = traceId
  }
}
