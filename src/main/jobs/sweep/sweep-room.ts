/**
 * @file Sweeps: starts, watches, pauses and resumes them, one at a time, in an engine process of their own, so that stepping in the app
 * goes on. Every outcome is in the log before anybody hears of it. It knows neither RPC nor SQL nor how to generate.
 */
import { randomUUID } from 'node:crypto'
import type { Completion } from '../../../shared/domain/completion.ts'
import type { ModelId, TraceId } from '../../../shared/domain/identifiers.ts'
import type { ModelEntry } from '../../../shared/domain/model.ts'
import type { Sweep, SweepEvent, SweepForecast, SweepId, SweepOutcome, SweepRequest } from '../../../shared/domain/sweep.ts'
import { messageOf } from '../../../shared/message-of.ts'
import { plural } from '../../../shared/plural.ts'
import { planSubsets, subsetKey, type Subset } from '../../../shared/sweep/subsets.ts'
import type { CompletionSample } from '../../engine/protocol.ts'
import { isDeviceLoss, type DeviceRoom } from '../../devices/index.ts'
import { EngineHost, EngineLostError, type StartEngine } from '../../engine-host/index.ts'
import type { SweepLog } from '../../log/index.ts'
import { ModelNotFoundError, sourcesFor, type SourceParts } from '../../sessions/index.ts'
import { SweepNotFoundError } from './errors.ts'
import { findCandidates } from './find-candidates.ts'
import { followSweep, replaySweep } from './follow-sweep.ts'
import { LiveSweep } from './live-sweep.ts'
import { scoreAnswer } from './score-answer.ts'

export interface SweepRoomParts {
  log: SweepLog
  /** What a replay is given, its sweep is given too. */
  replays: SourceParts
  /** The app's engine: forecasts are made where the debugger's models are loaded. */
  engine: EngineHost
  devices: DeviceRoom
  /** For the sweeps themselves. */
  startEngine: StartEngine
  /** null when the library does not know the model. */
  findModel: (modelId: ModelId) => Promise<ModelEntry | null>
}

/** Rows computed at a time. */
const BATCH_SIZE = 8

/**
 * How many times faster subsets come in batches of eight than one after the other: the least that was measured for rollouts with
 * insertions (docs/progress.md, rollout_grpo_b8_over_b1).
 */
const BATCH_GAIN = 2.5

export class SweepRoom {
  readonly #log: SweepLog
  readonly #replays: SweepRoomParts['replays']
  readonly #engine: EngineHost
  readonly #startEngine: StartEngine
  readonly #findModel: SweepRoomParts['findModel']
  readonly #devices: DeviceRoom
  /** What this process has in hand, in the order it was asked for. */
  readonly #live = new Map<SweepId, LiveSweep>()
  #working: { readonly sweepId: SweepId; readonly work: Promise<void> } | null = null
  #isDisposing = false

  constructor({ log, replays, engine, devices, startEngine, findModel }: SweepRoomParts) {
    this.#log = log
    this.#replays = replays
    this.#engine = engine
    this.#devices = devices
    this.#startEngine = startEngine
    this.#findModel = findModel
  }

  /** What a sweep would try. Throws ModelNotFoundError, ClusterSetError and what the engine throws. */
  async forecast(request: SweepRequest, { signal }: { signal?: AbortSignal | undefined } = {}): Promise<SweepForecast> {
    const { modelId, prompt, config, maxSubsetCandidates } = request
    await this.#devices.require(this.#engine, await this.#requireModel(modelId))
    const sources = await sourcesFor(this.#replays, request)
    const rolloutId = `sweep-forecast-${randomUUID()}` as TraceId
    const { candidateCount, candidateLabels, text, elapsedMs } = await findCandidates(this.#engine, { rolloutId, modelId, prompt, config, sources }, { signal })
    const total = planSubsets(candidateCount, maxSubsetCandidates).length
    return { candidateCount, candidateLabels, total, text, estimatedMs: (elapsedMs * total) / Math.min(total, BATCH_GAIN) }
  }

  /** Starts a sweep, or lets it wait for those before it. Throws ModelNotFoundError and what the log throws. */
  async start(request: SweepRequest): Promise<Sweep> {
    const { name: modelName } = await this.#requireModel(request.modelId)
    const id = randomUUID() as string as SweepId // nobody has it yet
    return this.#take(await this.#log.create({ id, request, modelName, status: 'running', error: null, candidateCount: 0, candidateLabels: [], total: 0 }))
  }

  /** Goes on with the subsets that have no outcome. One that runs or has finished stays as it is. Throws SweepNotFoundError. */
  async resume(sweepId: SweepId): Promise<void> {
    const { sweep } = await this.get(sweepId)
    if (sweep.status === 'running' || sweep.status === 'finished') return
    await this.#requireModel(sweep.request.modelId)
    this.#take(await this.#log.update(sweepId, { status: 'running', error: null }))
  }

  /** Stops at once and resolves when the sweep rests. Throws SweepNotFoundError. */
  async pause(sweepId: SweepId): Promise<void> {
    const live = this.#live.get(sweepId)
    if (live === undefined) return void (await this.get(sweepId))
    live.stop(new SweepPaused())
    if (this.#working?.sweepId === sweepId) return this.#working.work
    this.#live.delete(sweepId)
    await live.end('paused', null)
  }

  /** Newest first. */
  async list(): Promise<Sweep[]> {
    return (await this.#log.list()).map((sweep) => this.#shown(sweep))
  }

  /** Throws SweepNotFoundError. */
  async get(sweepId: SweepId): Promise<{ sweep: Sweep; outcomes: SweepOutcome[] }> {
    const found = await this.#log.get(sweepId)
    if (found === undefined) throw new SweepNotFoundError(sweepId)
    return { sweep: this.#shown(found.sweep), outcomes: found.outcomes }
  }

  /** The record, then what happens until the sweep rests. Throws SweepNotFoundError before the first event. */
  async subscribe(sweepId: SweepId, { signal }: { signal?: AbortSignal | undefined } = {}): Promise<AsyncGenerator<SweepEvent, void, undefined>> {
    const live = this.#live.get(sweepId)
    if (live !== undefined) return followSweep(live, signal)
    const { sweep, outcomes } = await this.get(sweepId)
    return replaySweep(sweep, outcomes)
  }

  /** Pauses what runs or waits. */
  async dispose(): Promise<void> {
    this.#isDisposing = true
    await Promise.all([...this.#live.keys()].map((sweepId) => this.pause(sweepId)))
  }

  #take(sweep: Sweep): Sweep {
    this.#live.set(sweep.id, new LiveSweep(this.#log, sweep))
    this.#startWaiting()
    return sweep
  }

  #startWaiting(): void {
    const [next] = this.#live.values()
    if (next === undefined || this.#working !== null || this.#isDisposing) return
    const work = this.#work(next).finally(() => {
      this.#working = null
      this.#startWaiting()
    })
    this.#working = { sweepId: next.sweep.id, work }
  }

  async #work(live: LiveSweep): Promise<void> {
    const engine = new EngineHost(this.#startEngine, { restartDelaysMs: [], disposeLimitMs: 0 })
    let failure: unknown = null
    try {
      await this.#runOnAnyDevice(live, engine)
      await live.settled()
      live.signal.throwIfAborted() // the log may have refused the last outcome
    } catch (error) {
      await live.settled()
      failure = error
    }
    // Before the last word: who hears it may resume.
    this.#live.delete(live.sweep.id)
    if (failure === null) await live.end('finished', null)
    else if (failure instanceof SweepPaused) await live.end('paused', null)
    else await live.end('failed', describeFailure(failure, live.sweep.done))
    await engine.dispose()
  }

  /** Where a device is lost on the way, what is missing is computed on the CPU. */
  async #runOnAnyDevice(live: LiveSweep, engine: EngineHost): Promise<void> {
    try {
      await this.#run(live, engine)
    } catch (error) {
      if (!isDeviceLoss(error)) throw error
      await live.settled()
      await this.#run(live, engine)
    }
  }

  async #run(live: LiveSweep, engine: EngineHost): Promise<void> {
    const { request, id } = live.sweep
    const { modelId, prompt, config, maxSubsetCandidates } = request
    const { signal } = live
    await this.#devices.require(engine, await this.#requireModel(modelId), { signal })
    const sources = await sourcesFor(this.#replays, request)
    if (live.sweep.total === 0) {
      const { candidateCount, candidateLabels } = await findCandidates(engine, { rolloutId: id as string as TraceId, modelId, prompt, config, sources }, { signal })
      await live.update({ candidateCount, candidateLabels, total: planSubsets(candidateCount, maxSubsetCandidates).length })
    }
    const done = new Set((await this.get(id)).outcomes.map(({ candidates }) => subsetKey(candidates)))
    const missing = planSubsets(live.sweep.candidateCount, maxSubsetCandidates).filter((subset) => !done.has(subsetKey(subset)))
    if (missing.length === 0) return
    const byKey = new Map(missing.map((subset) => [subsetKey(subset), subset]))
    const onCompletion = (completion: Completion): void => {
      const subset = byKey.get(completion.sampleId)
      if (subset === undefined) throw new Error(`internal: nobody asked for subset ${completion.sampleId}`)
      live.receive(toOutcome(subset, completion, request))
    }
    const { sampleId: drawsAs, repeat, ...given } = sources
    const samples = missing.map((subset): CompletionSample => ({
      prompt,
      sampleId: subsetKey(subset),
      drawsAs,
      repeat,
      policy: { kind: 'candidates', ordinals: [...subset] },
    }))
    await engine.call('complete', { modelId, config, samples, ...given, batchSize: BATCH_SIZE }, { signal, onCompletion })
  }

  /** One that no longer runs here, since its process ended or is another, rests as far as this one can say. */
  #shown(recorded: Sweep): Sweep {
    const live = this.#live.get(recorded.id)
    if (live !== undefined) return live.sweep
    return recorded.status === 'running' ? { ...recorded, status: 'paused' } : recorded
  }

  async #requireModel(modelId: ModelId): Promise<ModelEntry> {
    const model = await this.#findModel(modelId)
    if (model === null) throw new ModelNotFoundError(modelId)
    return model
  }
}

/** The user's will, or the app's end. */
class SweepPaused extends Error {
  override name = 'SweepPaused'
}

function toOutcome(candidates: Subset, { text, tokenIds, insertions, candidateCount = 0, finish, error }: Completion, request: SweepRequest): SweepOutcome {
  const insertionCount = insertions.prompt + insertions.inference
  const score = error === null ? scoreAnswer(text, request) : null
  return { candidates: [...candidates], text, tokenCount: tokenIds.length, insertionCount, candidateCount, finish, error, score }
}

function describeFailure(error: unknown, done: number): string {
  const kept = `What was found of ${plural(done, 'subset')} is kept.`
  const next = error instanceof EngineLostError ? ' Resume goes on with the others.' : ''
  return `${messageOf(error)} ${kept}${next}`
}
