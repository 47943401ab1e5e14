/**
 * @file Generations under the user's hand: lets them run, pauses, forks and certifies them, and tells whoever listens. It knows neither
 * RPC nor SQL nor how an engine computes.
 */
import { randomUUID } from 'node:crypto'
import type { OpenedSession } from '../../shared/contract/sessions.ts'
import { needsTwin } from '../../shared/debugging/index.ts'
import type { Breakpoint } from '../../shared/domain/breakpoint.ts'
import type { Certificate } from '../../shared/domain/certificate.ts'
import type { CompactRecord } from '../../shared/domain/compact-record.ts'
import type { DonorSample } from '../../shared/domain/donor.ts'
import type { ModelId, TraceId } from '../../shared/domain/identifiers.ts'
import type { LoadedModel, ModelEntry, Placement, PlacementChoice } from '../../shared/domain/model.ts'
import type { RunConfig } from '../../shared/domain/run-config.ts'
import type { AdvanceUntil, SessionEvent, SessionState } from '../../shared/domain/session.ts'
import type { Prompt, ResultOrigin, TraceHeader } from '../../shared/domain/trace.ts'
import { messageOf } from '../../shared/message-of.ts'
import type { DeviceRoom } from '../devices/index.ts'
import { EngineDisposedError, EngineLostError, type EngineHost } from '../engine-host/index.ts'
import type { AdvanceGoal } from './advance-goal.ts'
import { certifyTrace } from './certify-trace.ts'
import { keepDonatedLatents } from './donated-latents.ts'
import { ReplayStoppedError } from './errors.ts'
import { LiveRollouts } from './live-rollouts.ts'
import type { LiveSession } from './live-session.ts'
import { describePlacement, isSamePlacement, ModelLoader } from './model-loader.ts'
import { APP_ENDED, recordedState } from './recorded-state.ts'
import { isSameGeneration, replayConfig } from './replay-record.ts'
import { requireHeader, requireTrace } from './required-trace.ts'
import { RunBreakpoints } from './run-breakpoints.ts'
import { runSession } from './run-session.ts'
import type { SessionLog } from './session-log.ts'
import { SessionOpener, type ForkRequest } from './session-opener.ts'
import type { FindCentroids } from './trace-centroids.ts'
import { followSession, replayTrace } from './watch-trace.ts'

export interface SessionRoomParts {
  engine: EngineHost
  devices: DeviceRoom
  log: SessionLog
  /** null when the library does not know the model. */
  findModel: (modelId: ModelId) => Promise<ModelEntry | null>
  /** @default no cluster set is known */
  findCentroids?: FindCentroids
}

export interface SessionRoomOptions {
  /** Rollouts kept alive at once, each with its caches; the one least recently used is closed for a new one. @default 8 */
  maxLiveRollouts?: number
  /** @default randomUUID */
  createId?: () => string
  /** Unix milliseconds. @default Date.now */
  now?: () => number
}

/** One turn of one result, with everything that determined it. */
export interface ReplayRequest {
  origin: ResultOrigin
  modelId: ModelId
  prompt: Prompt
  /** Of the run. */
  config: RunConfig
  record: CompactRecord
  /** Of the run. @default none, as without the intervention `other` */
  donors?: readonly DonorSample[]
}

export interface AdvanceOptions {
  until: AdvanceUntil
  /** Stop after this step at the latest. @default null */
  stopAfter?: number | null
  /** Hits are counted on from each breakpoint's own. @default [] */
  breakpoints?: readonly Breakpoint[]
}

const DEFAULT_MAX_LIVE_ROLLOUTS = 8

export class SessionRoom {
  readonly #engine: EngineHost
  readonly #log: SessionLog
  readonly #models: ModelLoader
  readonly #live: LiveRollouts
  readonly #opener: SessionOpener
  readonly #findCentroids: FindCentroids
  readonly #createId: () => string
  readonly #now: () => number
  readonly #closing = new AbortController()

  constructor({ engine, devices, log, findModel, findCentroids = async () => null }: SessionRoomParts, options: SessionRoomOptions = {}) {
    this.#engine = engine
    this.#log = log
    this.#findCentroids = findCentroids
    this.#createId = options.createId ?? randomUUID
    this.#now = options.now ?? Date.now
    this.#models = new ModelLoader({ engine, devices, findModel })
    this.#live = new LiveRollouts({ engine, log, limit: options.maxLiveRollouts ?? DEFAULT_MAX_LIVE_ROLLOUTS })
    this.#opener = new SessionOpener({ engine, log, models: this.#models, live: this.#live, findCentroids, createId: this.#createId })
  }

  /** Opens a paused generation and its trace. Raises ModelNotFoundError, ClusterSetError and whatever engine and log raise. */
  async open(request: { modelId: ModelId; prompt: Prompt; config: RunConfig }): Promise<OpenedSession> {
    return describeOpened(await this.#opener.open(request))
  }

  /** A new trace with the same model, prompt, config and draws; the old one stays as it is. */
  async restart(traceId: TraceId): Promise<OpenedSession> {
    const { modelId, prompt, config, origin } = await requireHeader(this.#live, this.#log, traceId)
    return describeOpened(await this.#opener.open({ modelId, prompt, config, origin }))
  }

  /**
   * Generates a turn of an evaluation again as a full trace, with the draws it was made with, and compares it with the record. Raises
   * DonorsUnknownError where nobody recorded whose latents it was given, ReplayStoppedError where somebody stopped it on the way, and what `open`
   * raises.
   */
  async replay({ origin, modelId, prompt, config, record, donors = [] }: ReplayRequest): Promise<{ traceId: TraceId; isSame: boolean }> {
    const parts = { engine: this.#engine, log: this.#log, models: this.#models }
    if (config.intervention?.kind === 'other') await keepDonatedLatents(parts, { origin, modelId, config, record, donors }, { signal: this.#closing.signal })
    const session = await this.#opener.open({ modelId, prompt, config: replayConfig(config), origin })
    const traceId = session.header.id
    await this.advance(traceId, { until: 'end' })
    await session.advancing
    const { state } = session
    if (state.kind !== 'finished') throw new ReplayStoppedError(traceId, state.kind === 'recorded' ? (state.reason ?? 'it was left') : 'it was paused.')
    const { steps } = await requireTrace(this.#log, traceId)
    return { traceId, isSame: isSameGeneration(steps, record) }
  }

  /**
   * A new paused trace that starts as this one was before `stepIndex`, with a change and without the twin; the old one stays as it is. Raises
   * ForkPositionError, WeaveNotFoundError, TraceNotFoundError, ModelNotFoundError and whatever engine and log raise.
   */
  async fork(request: ForkRequest): Promise<OpenedSession> {
    return describeOpened(await this.#opener.fork(request))
  }

  /**
   * Loads a model as asked, or as its entry says. The engine takes it from its other place first, and with it every rollout that stands on
   * it: those sessions end as recorded ones. Raises ModelNotFoundError and whatever the engine raises.
   */
  load(modelId: ModelId, choice: PlacementChoice | null = null): Promise<LoadedModel> {
    const leave = (from: Placement, to: Placement): Promise<void> => this.#live.leaveAll(`Its model was moved from ${describePlacement(from)} to ${describePlacement(to)}.`, modelId)
    return this.#models.loadAt(modelId, choice, leave)
  }

  /** Takes a model out of memory; its sessions end as recorded ones. */
  async unload(modelId: ModelId): Promise<void> {
    await this.#live.leaveAll('Its model was unloaded.', modelId)
    await this.#engine.unload(modelId)
  }

  /** Loads a model where it was loaded last, unless it is loaded. Raises ModelNotFoundError and whatever the engine raises. */
  async requireModel(modelId: ModelId): Promise<void> {
    await this.#models.require(modelId)
  }

  /**
   * Starts running and returns; a session that runs already goes on as it was told before. A trace without a rollout that has not
   * finished is taken up again from its record. Raises SessionNotLiveError, TraceNotFoundError and whatever engine and log raise.
   */
  async advance(traceId: TraceId, { until, stopAfter = null, breakpoints = [] }: AdvanceOptions): Promise<void> {
    const session = await this.#opener.takeUp(traceId)
    if (session.state.kind === 'running') return
    await this.#switchTwin(session, session.isTwinWanted || needsTwin(breakpoints))
    if (session.state.kind !== 'paused') return // somebody else was faster, or the engine is gone
    this.#live.use(traceId)
    session.isPauseWanted = false
    session.announceState({ kind: 'running', until })
    session.breakpoints = new RunBreakpoints(breakpoints, session.texts.join(''))
    session.advancing = this.#run(session, { until, stopAfter }, session.breakpoints)
  }

  /**
   * Changes what stops the run under way; without one nothing happens, since the next brings its own. `breakpoints` have their hits before
   * `fromStep`. Raises TraceNotFoundError.
   */
  async changeBreakpoints(traceId: TraceId, { breakpoints, fromStep }: { breakpoints: readonly Breakpoint[]; fromStep: number }): Promise<void> {
    const session = this.#live.find(traceId)
    if (session === undefined) await requireHeader(this.#live, this.#log, traceId)
    if (session?.state.kind !== 'running') return
    session.breakpoints?.replace(breakpoints, fromStep, session.texts)
    session.interrupt()
    await this.#switchTwin(session, session.isTwinWanted || needsTwin(breakpoints))
  }

  /**
   * Lets the vanilla twin run alongside from the next step on, or no more; a trace that is taken up again has it where its last step
   * had it. Raises what `advance` raises.
   */
  async setTwin(traceId: TraceId, isEnabled: boolean): Promise<void> {
    const session = await this.#opener.takeUp(traceId)
    await this.#switchTwin(session, isEnabled)
    session.isTwinWanted = isEnabled
  }

  /** Stops after the step under way; the state event says when. */
  async pause(traceId: TraceId): Promise<void> {
    const session = this.#live.find(traceId)
    if (session === undefined) await requireHeader(this.#live, this.#log, traceId)
    else session.askToPause()
  }

  /** Ends a session by the user's will, the step under way included; its trace is finished as 'stopped'. */
  async stop(traceId: TraceId): Promise<void> {
    await this.pause(traceId)
    const session = this.#live.find(traceId)
    await session?.advancing
    if (session !== undefined) await this.#live.finish(session, 'stopped')
  }

  /**
   * Runs a trace again from its prompt, beside whatever runs, compares it with the record and stamps it with the result. Raises
   * TraceNotFoundError, WeaveNotFoundError, ModelNotFoundError and whatever engine and log raise.
   */
  async certify(traceId: TraceId): Promise<Certificate> {
    const trace = await requireTrace(this.#log, traceId)
    const { loaded } = await this.#models.require(trace.header.modelId)
    const comparison = await certifyTrace({ engine: this.#engine, log: this.#log, findCentroids: this.#findCentroids }, trace, { rolloutId: this.#createId() as TraceId, signal: this.#closing.signal })
    const certificate: Certificate = { ...comparison, device: describeDevices(loaded, trace.header.placement), createdAt: this.#now() }
    await this.#log.stampTrace(traceId, certificate)
    this.#live.find(traceId)?.stamp(certificate)
    return certificate
  }

  /** What a trace is at this moment, live or not. */
  state(header: TraceHeader): SessionState {
    const live = this.#live.find(header.id)
    if (live !== undefined) return live.state
    const reason = header.finish === null ? this.#live.reasonOf(header.id) : null
    return reason === null ? recordedState(header) : { kind: 'recorded', reason }
  }

  /** The logged steps, then the state, then what happens (watch-trace.ts). Raises TraceNotFoundError before the first event. */
  async subscribe(traceId: TraceId, { fromStep = 0, signal }: { fromStep?: number; signal?: AbortSignal | undefined } = {}): Promise<AsyncGenerator<SessionEvent, void, undefined>> {
    const session = this.#live.find(traceId)
    if (session?.isEnded === false) return followSession(this.#log, session, { fromStep, signal })
    const header = await requireHeader(this.#live, this.#log, traceId)
    return replayTrace(this.#log, { header, state: this.state(header) }, fromStep)
  }

  /** Pauses what runs; every trace that has not finished can be taken up again. Dispose the engine at the same time: it lets the runs end. */
  async dispose(): Promise<void> {
    this.#closing.abort(new EngineDisposedError())
    await this.#live.leaveAll(APP_ENDED)
    this.#live.dispose()
  }

  async #run(session: LiveSession, goal: AdvanceGoal, breakpoints: RunBreakpoints): Promise<void> {
    try {
      const end = await runSession(this.#engine, session, { goal, breakpoints })
      if (end === null) return
      if (end.finish !== null) return await this.#live.finish(session, end.finish)
      const { pending, stoppedBy } = end
      await session.enqueue(async () => session.announceState({ kind: 'paused', pending, stoppedBy }))
    } catch (error) {
      // Every session hears of a lost engine at once, and of a closing one when the room is closed.
      if (error instanceof EngineLostError || error instanceof EngineDisposedError) return
      if (await this.#restoreMoved(session)) return this.#run(session, goal, breakpoints)
      if (!session.isEnded) await this.#live.finish(session, 'error', messageOf(error))
    }
  }

  /** Whether the session goes on elsewhere, since its device was lost. Where even that fails, it ends with what is recorded. */
  async #restoreMoved(session: LiveSession): Promise<boolean> {
    try {
      return !session.isEnded && (await this.#opener.restoreMoved(session))
    } catch (error) {
      await this.#live.abandon(session, messageOf(error))
      return false
    }
  }

  async #switchTwin(session: LiveSession, isEnabled: boolean): Promise<void> {
    if (session.isTwinRunning === isEnabled) return
    await this.#engine.call('setTwin', { rolloutId: session.header.id, isEnabled })
    session.isTwinRunning = isEnabled
  }
}

/** What a trace was computed again on, and on what it was recorded where that was something else. */
function describeDevices(now: Placement, recorded: Placement | null): string {
  return recorded === null || isSamePlacement(now, recorded) ? describePlacement(now) : `${describePlacement(now)}, recorded on ${describePlacement(recorded)}`
}

function describeOpened({ header, promptTokens, state }: LiveSession): OpenedSession {
  return { header, promptTokens, state }
}
