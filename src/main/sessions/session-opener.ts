/**
 * @file Every way in which a session comes to be: from a prompt, as a fork of a trace, or from the record of one that lost its rollout.
 * It does not know what is done with a session then.
 */
import type { AppliedChange, TraceChange } from '../../shared/domain/branch.ts'
import { changesOfFork } from '../../shared/domain/changes-of-fork.ts'
import type { ModelId, RunId, TraceId } from '../../shared/domain/identifiers.ts'
import type { Placement } from '../../shared/domain/model.ts'
import type { RunConfig } from '../../shared/domain/run-config.ts'
import type { Prompt, ResultOrigin, Trace, TraceHeader } from '../../shared/domain/trace.ts'
import type { EngineHost } from '../engine-host/index.ts'
import { ForkPositionError, SessionNotLiveError } from './errors.ts'
import { recordBefore, resolveChanges } from './generation-record.ts'
import { sourcesFor } from './generation-sources.ts'
import type { LiveRollouts } from './live-rollouts.ts'
import type { LiveSession, SessionBeginning } from './live-session.ts'
import { isSamePlacement, placementOf, type ModelLoader } from './model-loader.ts'
import { requireHeader, requireTrace } from './required-trace.ts'
import type { SessionLog } from './session-log.ts'
import type { FindCentroids } from './trace-centroids.ts'

export interface SessionOpenerParts {
  readonly engine: EngineHost
  readonly log: SessionLog
  readonly models: ModelLoader
  readonly live: LiveRollouts
  readonly findCentroids: FindCentroids
  readonly createId: () => string
}

export interface OpenRequest {
  modelId: ModelId
  prompt: Prompt
  config: RunConfig
  /** The result that it replays, whose draws it makes. @default null */
  origin?: ResultOrigin | null
}

export interface ForkRequest {
  traceId: TraceId
  stepIndex: number
  change: TraceChange
}

/** Where a fork gets what lies before it. */
interface ForkSource {
  readonly beginning: Omit<SessionBeginning, 'header' | 'placement'>
  /** Has the engine make the rollout. */
  readonly make: () => Promise<null>
}

interface ForkTarget {
  readonly forkId: TraceId
  readonly stepIndex: number
  readonly changes: readonly AppliedChange[]
  /** Where the model stands. */
  readonly placement: Placement
}

export class SessionOpener {
  readonly #parts: SessionOpenerParts
  readonly #revivals = new Map<TraceId, Promise<LiveSession>>()

  constructor(parts: SessionOpenerParts) {
    this.#parts = parts
  }

  /** Raises ModelNotFoundError, ClusterSetError and whatever engine and log raise. */
  async open({ modelId, prompt, config, origin = null }: OpenRequest): Promise<LiveSession> {
    const { engine, log, models, live, createId } = this.#parts
    const { model, loaded } = await models.require(modelId)
    const placement = placementOf(loaded)
    const sources = await sourcesFor(this.#parts, { config, origin })
    await live.makeRoom()
    const id = createId() as TraceId
    const runId = createId() as RunId // a generation by hand is a run of its own
    return live.add(
      id,
      () => engine.call('open', { rolloutId: id, modelId, prompt, config, ...sources }),
      async ({ renderedPrompt, promptTokens }) => {
        const trace = { id, runId, modelId, modelName: model.name, prompt, renderedPrompt, promptTokens, config, parent: null, changes: [], origin, placement }
        const header = await log.createTrace(trace)
        return { header, promptTokens, texts: [], placement }
      },
    )
  }

  /** Raises ForkPositionError, WeaveNotFoundError, TraceNotFoundError, ModelNotFoundError and whatever engine and log raise. */
  async fork({ traceId, stepIndex, change }: ForkRequest): Promise<LiveSession> {
    const { log, models, live, createId } = this.#parts
    await live.find(traceId)?.logged()
    const parent = await requireHeader(live, log, traceId)
    if (stepIndex > parent.stepCount) throw new ForkPositionError(traceId, stepIndex, parent.stepCount)
    const placement = placementOf((await models.require(parent.modelId)).loaded)
    live.use(traceId)
    await live.makeRoom()
    const id = createId() as TraceId
    const changes = changesOfFork(parent.changes, { stepIndex, change })
    const { make, beginning } = await this.#sourceOf(parent, { forkId: id, stepIndex, changes, placement })
    const { runId, modelId, modelName, prompt, renderedPrompt, config, origin } = parent
    return live.add(id, make, async () => {
      const { promptTokens } = beginning
      const trace = { id, runId, modelId, modelName, prompt, renderedPrompt, promptTokens, config, parent: { traceId, stepIndex }, changes, origin, placement }
      const header = await log.createTrace(trace)
      return { header, ...beginning, placement }
    })
  }

  /**
   * The session of a trace, taken up again from its record where it has no rollout; callers at the same time share one. Raises
   * SessionNotLiveError where the generation has finished, and what `fork` raises.
   */
  async takeUp(traceId: TraceId): Promise<LiveSession> {
    const session = this.#parts.live.find(traceId)
    if (session?.isEnded === true) throw new SessionNotLiveError(traceId)
    if (session !== undefined) {
      if (session.state.kind !== 'running') await this.restoreMoved(session)
      return session
    }
    const revival = this.#revivals.get(traceId) ?? this.#revive(traceId).finally(() => this.#revivals.delete(traceId))
    this.#revivals.set(traceId, revival)
    return revival
  }

  /**
   * Gives a session whose model was lost with its device a rollout where the model stands now, from the record; another stays as it is. False
   * where nothing had to be done. Raises whatever engine and log raise.
   */
  async restoreMoved(session: LiveSession): Promise<boolean> {
    const { models, live, engine } = this.#parts
    const { id: rolloutId, modelId } = session.header
    if (models.isStanding(modelId, session.placement)) return false
    const { loaded } = await models.require(modelId)
    await live.settle(session)
    const trace = await requireTrace(this.#parts.log, rolloutId)
    await this.#restore(rolloutId, trace, trace.header.changes)
    session.placement = placementOf(loaded)
    if (session.isTwinRunning) await engine.call('setTwin', { rolloutId, isEnabled: true })
    return true
  }

  async #revive(traceId: TraceId): Promise<LiveSession> {
    const { models, live } = this.#parts
    const trace = await requireTrace(this.#parts.log, traceId)
    const { header, promptTokens, steps } = trace
    if (header.finish !== null) throw new SessionNotLiveError(traceId)
    const { loaded } = await models.require(header.modelId)
    await live.makeRoom()
    return live.add(
      traceId,
      () => this.#restore(traceId, trace, header.changes),
      async () => ({ header, promptTokens, texts: steps.map(({ text }) => text), placement: placementOf(loaded), isTwinWanted: (steps.at(-1)?.twin ?? null) !== null }),
    )
  }

  async #sourceOf(parent: TraceHeader, { forkId, stepIndex, changes, placement }: ForkTarget): Promise<ForkSource> {
    const { engine, log, live } = this.#parts
    const session = live.find(parent.id)
    // A rollout that stood elsewhere is gone with the model that stood there.
    if (session === undefined || !isSamePlacement(session.placement, placement)) {
      const trace = await requireTrace(this.#parts.log, parent.id)
      const texts = trace.steps.slice(0, stepIndex).map(({ text }) => text)
      return { beginning: { promptTokens: trace.promptTokens, texts }, make: () => this.#restore(forkId, trace, changes, stepIndex) }
    }
    // The engine adds the change to the rollout's own by the same rule, and forks the twin with it.
    const make = async (): Promise<null> => {
      const [change] = await resolveChanges(log, changes.slice(-1))
      if (change === undefined) throw new Error('internal: a fork without its own change')
      return engine.call('fork', { rolloutId: parent.id, forkId, stepIndex, change })
    }
    const { promptTokens, texts, isTwinRunning } = session
    return { beginning: { promptTokens, texts: texts.slice(0, stepIndex), isTwinRunning }, make }
  }

  /** @param stepIndex @default after the last recorded step */
  async #restore(rolloutId: TraceId, trace: Trace, changes: readonly AppliedChange[], stepIndex?: number): Promise<null> {
    const { engine, log } = this.#parts
    const { modelId, config, origin } = trace.header
    const record = recordBefore(trace, stepIndex)
    const sources = await sourcesFor(this.#parts, { config, changes, origin })
    return engine.call('restore', { rolloutId, modelId, config, ...sources, changes: await resolveChanges(log, changes), record })
  }
}
