/** @file What can be wrong with a request about a session, as data. It does not know RPC codes. */
export class TraceNotFoundError extends Error {
  override name = 'TraceNotFoundError'
  readonly traceId: string

  constructor(traceId: string) {
    super(`No trace ${traceId} in the log.`)
    this.traceId = traceId
  }
}

export class ModelNotFoundError extends Error {
  override name = 'ModelNotFoundError'
  readonly modelId: string

  constructor(modelId: string) {
    super(`No model ${modelId} in the library.`)
    this.modelId = modelId
  }
}

/** The trace exists, but no rollout stands behind it that could be stepped. */
export class SessionNotLiveError extends Error {
  override name = 'SessionNotLiveError'
  readonly traceId: string

  constructor(traceId: string) {
    super(`Trace ${traceId} is recorded only. Restart makes a new one with the same model, prompt and config.`)
    this.traceId = traceId
  }
}
