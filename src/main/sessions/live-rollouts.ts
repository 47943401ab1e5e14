/**
 * @file The generations that have a rollout in the engine: which they are, what they log, and every way in which one loses its
 * rollout. It does not know who asks for steps.
 */
import type { ModelId, TraceId } from '../../shared/domain/identifiers.ts'
import type { Finish } from '../../shared/domain/trace.ts'
import { messageOf } from '../../shared/message-of.ts'
import type { ComputedStep } from '../engine/protocol.ts'
import type { EngineHost, EngineLostError } from '../engine-host/index.ts'
import { closeRollout } from './close-rollout.ts'
import { LiveSession, type SessionBeginning } from './live-session.ts'
import { HOW_TO_GO_ON, keptSteps } from './recorded-state.ts'
import type { SessionLog } from './session-log.ts'

export interface LiveRolloutsParts {
  readonly engine: EngineHost
  readonly log: SessionLog
  /** Rollouts kept at once, each with its caches. */
  readonly limit: number
}

export class LiveRollouts {
  readonly #engine: EngineHost
  readonly #log: SessionLog
  readonly #limit: number
  /** In order of last use, the least recent first. Finished ones stay, so that they can be forked at once. */
  readonly #sessions = new Map<TraceId, LiveSession>()
  /** Why an unfinished trace has no rollout any more, as far as this process knows. */
  readonly #reasons = new Map<TraceId, string>()
  readonly #stopListening: (() => void)[]
  #latestLoss: EngineLostError | null = null

  constructor({ engine, log, limit }: LiveRolloutsParts) {
    this.#engine = engine
    this.#log = log
    this.#limit = limit
    this.#stopListening = [engine.onStep((message) => this.#receiveStep(message)), engine.onLost((error) => this.#loseAll(error))]
  }

  find(traceId: TraceId): LiveSession | undefined {
    return this.#sessions.get(traceId)
  }

  /** null where the trace has a rollout, or had none since the app started. */
  reasonOf(traceId: TraceId): string | null {
    return this.#reasons.get(traceId) ?? null
  }

  /** Makes it the most recently used; a trace without a rollout stays as it is. */
  use(traceId: TraceId): void {
    const session = this.#sessions.get(traceId)
    if (session === undefined) return
    this.#sessions.delete(traceId)
    this.#sessions.set(traceId, session)
  }

  /** Closes the least recently used rollouts until one more fits; running ones are never closed. */
  async makeRoom(): Promise<void> {
    for (const session of this.#sessions.values()) {
      if (this.#sessions.size < this.#limit) return
      if (session.state.kind === 'running') continue
      if (session.isEnded) await this.#forget(session)
      else await session.enqueue(() => this.#leave(session, `Closed to make room for another generation: ${this.#limit} can be stepped at once.`))
    }
  }

  /**
   * Has the engine make a rollout and opens the session that steps it; where `begin` fails, the rollout is closed again. Where the
   * engine is lost in between, the session has ended already.
   */
  async add<Made>(id: TraceId, make: () => Promise<Made>, begin: (made: Made) => Promise<SessionBeginning>): Promise<LiveSession> {
    const lossBefore = this.#latestLoss
    const beginning = await begin(await make()).catch(async (error: unknown) => {
      await closeRollout(this.#engine, id)
      throw error
    })
    const session: LiveSession = new LiveSession(beginning, {
      commit: (steps) => this.#log.commitSteps(id, steps),
      onFailure: (error) => this.#stopUnlogged(session, error),
    })
    this.#sessions.set(id, session)
    this.#reasons.delete(id)
    if (this.#latestLoss !== null && this.#latestLoss !== lossBefore) await this.#lose(session, this.#latestLoss)
    return session
  }

  /** Resolves when everything that was computed is logged, also what came without an answer. */
  settle(session: LiveSession): Promise<void> {
    this.#logUnanswered(session)
    return session.logged()
  }

  /** Its rollout is gone and cannot be had again for now. */
  abandon(session: LiveSession, cause: string): Promise<void> {
    return session.enqueue(() => this.#leave(session, cause))
  }

  /** The generation has come to its end, in the session's place in the queue. */
  finish(session: LiveSession, finish: Finish, error: string | null = null): Promise<void> {
    this.#logUnanswered(session)
    return session.enqueue(async () => {
      await this.#log.finishTrace(session.header.id, finish, error)
      session.end({ kind: 'finished', finish }, { finish, error })
      if (finish === 'error') await this.#forget(session)
    })
  }

  /** Lets runs stop after the step under way; each session then has no rollout any more and can be taken up again. */
  async leaveAll(cause: string, modelId: ModelId | null = null): Promise<void> {
    const sessions = [...this.#sessions.values()].filter(({ header }) => modelId === null || header.modelId === modelId)
    for (const session of sessions) session.askToPause()
    for (const session of sessions) {
      await session.advancing
      if (session.isEnded) await this.#forget(session)
      else await session.enqueue(() => this.#leave(session, cause))
    }
  }

  dispose(): void {
    for (const stop of this.#stopListening) stop()
  }

  #receiveStep({ rolloutId, step, weave }: ComputedStep): void {
    const session = this.#sessions.get(rolloutId)
    if (session === undefined) return // it ended while the step was under way: nobody waits for it
    session.noteComputed({ step, weave })
  }

  #loseAll(error: EngineLostError): void {
    this.#latestLoss = error
    for (const session of this.#sessions.values()) void this.#lose(session, error)
  }

  /** Steps may come, and the answer after them never, or as a failure: what was computed is logged all the same. */
  #logUnanswered(session: LiveSession): void {
    session.log(session.takeComputed())
  }

  /** Nothing recorded is lost with the engine. */
  #lose(session: LiveSession, error: EngineLostError): Promise<void> {
    if (session.isEnded) this.#sessions.delete(session.header.id)
    this.#logUnanswered(session)
    return session.enqueue(async () => this.#record(session, `${error.message} ${keptSteps(session.header)} ${HOW_TO_GO_ON}`))
  }

  /** The log refused a step or an ending: nothing unlogged is shown, so the session ends here. */
  async #stopUnlogged(session: LiveSession, error: unknown): Promise<void> {
    this.#record(session, `The log could not be written (${messageOf(error)}). ${keptSteps(session.header)} ${HOW_TO_GO_ON}`)
    await closeRollout(this.#engine, session.header.id)
  }

  async #leave(session: LiveSession, cause: string): Promise<void> {
    this.#record(session, `${cause} ${keptSteps(session.header)} ${HOW_TO_GO_ON}`)
    await closeRollout(this.#engine, session.header.id)
  }

  /** From now on the trace is what the log holds of it. */
  #record(session: LiveSession, reason: string): void {
    this.#sessions.delete(session.header.id)
    this.#reasons.set(session.header.id, reason)
    session.end({ kind: 'recorded', reason }, { finish: null, error: null })
  }

  async #forget(session: LiveSession): Promise<void> {
    this.#sessions.delete(session.header.id)
    await closeRollout(this.#engine, session.header.id)
  }
}
