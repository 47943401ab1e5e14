/**
 * @file Live generations: opens them, lets them run, logs each step before anybody hears of it, and turns them into
 * recorded ones when the engine or the disk fails. It knows neither RPC nor SQL nor how an engine computes.
 */
import { randomUUID } from 'node:crypto'
import type { OpenedSession } from '../../shared/contract/sessions.ts'
import type { ModelId, RunId, TraceId } from '../../shared/domain/identifiers.ts'
import type { Device, LoadedModel, ModelEntry } from '../../shared/domain/model.ts'
import type { RunConfig } from '../../shared/domain/run-config.ts'
import type { AdvanceUntil, SessionEvent, SessionState } from '../../shared/domain/session.ts'
import type { Finish, Prompt, TraceHeader } from '../../shared/domain/trace.ts'
import { EngineCallError, EngineDisposedError, EngineLostError, type EngineHost, type EngineStepMessage } from '../engine-host/index.ts'
import { ModelNotFoundError, SessionNotLiveError, TraceNotFoundError } from './errors.ts'
import { LiveSession } from './live-session.ts'
import { recordedState } from './recorded-state.ts'
import type { SessionLog } from './session-log.ts'
import { followSession, replayTrace } from './watch-trace.ts'

export interface SessionRoomParts {
  engine: EngineHost
  log: SessionLog
  /** null when the library does not know the model. */
  findModel: (modelId: ModelId) => Promise<ModelEntry | null>
}

export interface SessionRoomOptions {
  /** Where models are loaded that were not loaded elsewhere before. @default 'cpu' */
  device?: Device
  /** Rollouts kept alive at once, each with its caches; the oldest paused one is closed for a new one. @default 8 */
  maxLiveRollouts?: number
  /** @default randomUUID */
  createId?: () => string
}

/**
 * All interactive generations draw from the streams of one sample, so that the same seed, config and prompt give the
 * same tokens in the app, on the command line and after a restart.
 */
const INTERACTIVE_SAMPLE_ID = 'interactive'
const DEFAULT_MAX_LIVE_ROLLOUTS = 8
/** The decision of a step at which nobody was asked (domain/step.ts). */
const NOT_ASKED = -100

export class SessionRoom {
  readonly #engine: EngineHost
  readonly #log: SessionLog
  readonly #findModel: SessionRoomParts['findModel']
  readonly #device: Device
  readonly #maxLiveRollouts: number
  readonly #createId: () => string
  /** In order of last use, the least recent first. */
  readonly #live = new Map<TraceId, LiveSession>()
  readonly #stopListening: (() => void)[]
  #lastLoss: EngineLostError | null = null

  constructor({ engine, log, findModel }: SessionRoomParts, options: SessionRoomOptions = {}) {
    this.#engine = engine
    this.#log = log
    this.#findModel = findModel
    this.#device = options.device ?? 'cpu'
    this.#maxLiveRollouts = options.maxLiveRollouts ?? DEFAULT_MAX_LIVE_ROLLOUTS
    this.#createId = options.createId ?? randomUUID
    this.#stopListening = [engine.onStep((message) => this.#receiveStep(message)), engine.onLost((error) => this.#loseAll(error))]
  }

  /** Opens a paused generation and its trace. Raises ModelNotFoundError and whatever engine and log raise. */
  async open({ modelId, prompt, config }: { modelId: ModelId; prompt: Prompt; config: RunConfig }): Promise<OpenedSession> {
    const model = await this.#findModel(modelId)
    if (model === null) throw new ModelNotFoundError(modelId)
    await this.#makeRoom()
    await this.#engine.load(modelId, model.location, this.#engine.lastDeviceOf(modelId) ?? this.#device)
    const lossBefore = this.#lastLoss
    const id = this.#createId() as TraceId
    const runId = this.#createId() as RunId // a generation by hand is a run of its own
    const { renderedPrompt, promptTokens } = await this.#engine.call('open', { rolloutId: id, modelId, prompt, config, sampleId: INTERACTIVE_SAMPLE_ID, repeat: 0 })
    const header = await this.#log
      .createTrace({ id, runId, modelId, modelName: model.name, prompt, renderedPrompt, promptTokens, config })
      .catch(async (error: unknown) => {
        await this.#closeRollout(id)
        throw error
      })
    const session: LiveSession = new LiveSession(header, (error) => this.#stopUnlogged(session, error))
    this.#live.set(id, session)
    if (this.#lastLoss !== null && this.#lastLoss !== lossBefore) await this.#lose(session, this.#lastLoss)
    return { header: session.header, promptTokens, state: session.state }
  }

  /**
   * Loads a model on a device. The engine takes it off its other device first, and with it every rollout that stands on
   * it: those sessions end as recorded ones. Raises ModelNotFoundError and whatever the engine raises.
   */
  async load(modelId: ModelId, device: Device): Promise<LoadedModel> {
    const model = await this.#findModel(modelId)
    if (model === null) throw new ModelNotFoundError(modelId)
    const present = this.#engine.lastDeviceOf(modelId)
    if (present !== null && present !== device) await this.#endSessionsOf(modelId, `Its model was moved from ${present} to ${device}.`)
    return this.#engine.load(modelId, model.location, device)
  }

  /** Starts running and returns; a session that runs already goes on as it was told before. */
  async advance(traceId: TraceId, until: AdvanceUntil): Promise<void> {
    const session = await this.#requireLive(traceId)
    if (session.state.kind === 'running') return
    this.#live.delete(traceId)
    this.#live.set(traceId, session) // now the most recently used
    session.isPauseWanted = false
    session.announceState({ kind: 'running', until })
    session.advancing = this.#run(session, until)
  }

  /** Stops after the step under way; the state event says when. */
  async pause(traceId: TraceId): Promise<void> {
    const session = this.#live.get(traceId)
    if (session === undefined) await this.#requireHeader(traceId)
    else session.isPauseWanted = true
  }

  /** Ends a session by the user's will, the step under way included; its trace is finished as 'stopped'. */
  async stop(traceId: TraceId): Promise<void> {
    await this.pause(traceId)
    const session = this.#live.get(traceId)
    await session?.advancing
    await session?.enqueue(() => this.#end(session, { kind: 'finished', finish: 'stopped' }, { finish: 'stopped', error: null }))
  }

  /** A new trace with the same model, prompt and config; the old one stays as it is. */
  async restart(traceId: TraceId): Promise<OpenedSession> {
    const { modelId, prompt, config } = await this.#requireHeader(traceId)
    return this.open({ modelId, prompt, config })
  }

  /** What a trace is at this moment, live or not. */
  state(header: TraceHeader): SessionState {
    return this.#live.get(header.id)?.state ?? recordedState(header)
  }

  /** The logged steps, then the state, then what happens (watch-trace.ts). Raises TraceNotFoundError before the first event. */
  async subscribe(traceId: TraceId, { fromStep = 0, signal }: { fromStep?: number; signal?: AbortSignal | undefined } = {}): Promise<AsyncGenerator<SessionEvent, void, undefined>> {
    const session = this.#live.get(traceId)
    if (session !== undefined) return followSession(this.#log, session, { fromStep, signal })
    return replayTrace(this.#log, await this.#requireHeader(traceId), fromStep)
  }

  /** Pauses what runs and finishes every live trace as 'stopped'. Dispose the engine at the same time: it lets the runs end. */
  async dispose(): Promise<void> {
    await Promise.all([...this.#live.keys()].map((traceId) => this.stop(traceId)))
    for (const stop of this.#stopListening) stop()
  }

  #receiveStep({ rolloutId, step, weave }: EngineStepMessage): void {
    const session = this.#live.get(rolloutId)
    if (session === undefined) return // it ended while the step was under way: nobody waits for it
    session.latestDecision = step.decision
    void session.enqueue(async () => {
      await this.#log.commitStep(rolloutId, step, weave)
      session.announceStep({ step, weave })
    })
  }

  /**
   * Asks for one step at a time, so that a pause is heard at once, other sessions get their turn, and the engine is never
   * more than one step ahead of the log: it computes a step while the one before is committed.
   */
  async #run(session: LiveSession, until: AdvanceUntil): Promise<void> {
    const rolloutId = session.header.id
    let previousLogged = Promise.resolve()
    try {
      for (;;) {
        const { finish } = await this.#engine.call('step', { rolloutId })
        await previousLogged
        previousLogged = session.logged()
        if (session.isEnded) return
        const isReached = until === 'step' || (until === 'decision' && session.latestDecision !== NOT_ASKED)
        if (finish !== null || isReached || session.isPauseWanted) return await this.#settle(session, finish)
      }
    } catch (error) {
      if (error instanceof EngineLostError) return // every session hears of it at once: #loseAll
      const message = messageOf(error)
      await session.enqueue(() => this.#end(session, { kind: 'finished', finish: 'error' }, { finish: 'error', error: message }))
    }
  }

  #settle(session: LiveSession, finish: Finish | null): Promise<void> {
    return session.enqueue(async () => {
      if (finish === null) session.announceState({ kind: 'paused', pending: null, stoppedBy: null })
      else await this.#end(session, { kind: 'finished', finish }, { finish, error: null })
    })
  }

  #loseAll(error: EngineLostError): void {
    this.#lastLoss = error
    for (const session of this.#live.values()) void this.#lose(session, error)
  }

  #lose(session: LiveSession, error: EngineLostError): Promise<void> {
    return session.enqueue(async () => {
      const reason = `${error.message} ${keptSteps(session)} Restart generates anew.`
      await this.#log.finishTrace(session.header.id, 'error', reason)
      this.#live.delete(session.header.id)
      session.end({ kind: 'recorded', reason }, { finish: 'error', error: reason })
    })
  }

  /** The log refused a step or an ending: nothing unlogged is shown, so the session ends here. */
  async #stopUnlogged(session: LiveSession, error: unknown): Promise<void> {
    const reason = `The log could not be written (${messageOf(error)}). ${keptSteps(session)}`
    this.#live.delete(session.header.id)
    session.end({ kind: 'recorded', reason }, { finish: null, error: reason })
    await this.#closeRollout(session.header.id)
  }

  async #end(session: LiveSession, state: SessionState, outcome: { finish: Finish; error: string | null }): Promise<void> {
    const { id } = session.header
    await this.#log.finishTrace(id, outcome.finish, outcome.error)
    this.#live.delete(id)
    session.end(state, outcome)
    await this.#closeRollout(id)
  }

  async #endSessionsOf(modelId: ModelId, cause: string): Promise<void> {
    const sessions = [...this.#live.values()].filter(({ header }) => header.modelId === modelId)
    for (const session of sessions) session.isPauseWanted = true
    for (const session of sessions) {
      await session.advancing
      await session.enqueue(() => {
        const reason = `${cause} ${keptSteps(session)} Restart generates anew.`
        return this.#end(session, { kind: 'recorded', reason }, { finish: 'stopped', error: null })
      })
    }
  }

  /** Closes the least recently used paused rollouts until one more fits; running ones are never closed. */
  async #makeRoom(): Promise<void> {
    for (const session of this.#live.values()) {
      if (this.#live.size < this.#maxLiveRollouts) return
      if (session.state.kind !== 'paused') continue
      const reason = `Closed to make room for another generation: ${this.#maxLiveRollouts} can be stepped at once. ${keptSteps(session)}`
      await session.enqueue(() => this.#end(session, { kind: 'recorded', reason }, { finish: 'stopped', error: null }))
    }
  }

  /** A rollout whose engine has ended, or says that it has no such rollout, needs no closing. */
  async #closeRollout(rolloutId: TraceId): Promise<void> {
    try {
      await this.#engine.call('close', { rolloutId })
    } catch (error) {
      if (!(error instanceof EngineLostError || error instanceof EngineDisposedError || error instanceof EngineCallError)) throw error
    }
  }

  async #requireLive(traceId: TraceId): Promise<LiveSession> {
    const session = this.#live.get(traceId)
    if (session !== undefined) return session
    await this.#requireHeader(traceId)
    throw new SessionNotLiveError(traceId)
  }

  async #requireHeader(traceId: TraceId): Promise<TraceHeader> {
    const live = this.#live.get(traceId)
    if (live !== undefined) return live.header
    const header = await this.#log.getTraceHeader(traceId)
    if (header === undefined) throw new TraceNotFoundError(traceId)
    return header
  }
}

function keptSteps(session: LiveSession): string {
  const { stepCount } = session.header
  if (stepCount === 0) return 'No step had been logged yet.'
  return stepCount === 1 ? 'Its first step is kept in the log.' : `All ${stepCount} steps before that are kept in the log.`
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
