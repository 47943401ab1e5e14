/**
 * @file Training runs: starts, watches, pauses, stops and resumes them, each in an engine process of its own, so that stepping in
 * the app goes on. Every event is in the log before anybody hears of it. It knows neither RPC nor SQL nor how to train.
 */
import { randomUUID } from 'node:crypto'
import { basename } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { TrainingConfig } from '../../../shared/domain/training.ts'
import type { TrainingEvent } from '../../../shared/domain/training-event.ts'
import { isUnderWay, type TrainingMessage, type TrainingRecord, type TrainingRun, type TrainingRunId, type TrainingStatus } from '../../../shared/domain/training-run.ts'
import { messageOf } from '../../../shared/message-of.ts'
import type { HaltReason } from '../../engine/protocol.ts'
import { EngineHost, EngineLostError, type StartEngine } from '../../engine-host/index.ts'
import { TrainingConflictError, type RecordedTrainingRun, type TrainingAnnotation, type TrainingLog } from '../../log/index.ts'
import { isProcessAlive } from '../process-alive.ts'
import { OutputDirectoryTakenError, TrainingRunNotFoundError, TrainingStateError } from './errors.ts'
import { LiveTraining } from './live-training.ts'
import { followTraining } from './watch-training.ts'

export interface TrainingRoomParts {
  log: TrainingLog
  startEngine: StartEngine
}

export interface TrainingRoomOptions {
  /** Runs computed at a time; others wait. @default 1 */
  maxRunning?: number
  /** How long `dispose` waits for a step under way and its state to be saved. @default 10_000 */
  disposeLimitMs?: number
  /** @default process.pid */
  processId?: number
  /** Whether a process of this machine lives. @default process.kill(id, 0) */
  isProcessAlive?: (processId: number) => boolean
  /** @default randomUUID */
  createId?: () => string
}

const resumable: readonly TrainingStatus[] = ['paused', 'stopped', 'interrupted', 'failed']

export class TrainingRoom {
  readonly #log: TrainingLog
  readonly #startEngine: StartEngine
  readonly #maxRunning: number
  readonly #disposeLimitMs: number
  readonly #processId: number
  readonly #isProcessAlive: (processId: number) => boolean
  readonly #createId: () => string
  /** Runs that this process has in hand, in the order they were asked for. */
  readonly #live = new Map<TrainingRunId, LiveTraining>()
  readonly #working = new Map<TrainingRunId, { engine: EngineHost; work: Promise<void> }>()
  readonly #listeners = new Set<(run: TrainingRun) => void>()
  #isDisposing = false

  constructor({ log, startEngine }: TrainingRoomParts, options: TrainingRoomOptions = {}) {
    this.#log = log
    this.#startEngine = startEngine
    this.#maxRunning = options.maxRunning ?? 1
    this.#disposeLimitMs = options.disposeLimitMs ?? 10_000
    this.#processId = options.processId ?? process.pid
    this.#isProcessAlive = options.isProcessAlive ?? isProcessAlive
    this.#createId = options.createId ?? randomUUID
  }

  /** Newest first, those in the trash as well. */
  async list(): Promise<TrainingRun[]> {
    return (await this.#log.listRuns()).map((recorded) => this.#shown(recorded))
  }

  /** Throws TrainingRunNotFoundError. */
  async get(runId: TrainingRunId): Promise<TrainingRecord> {
    const found = await this.#log.getRecord(runId)
    if (found === undefined) throw new TrainingRunNotFoundError(runId)
    return { run: this.#shown(found.recorded), ...found.record }
  }

  /**
   * Starts a run, or queues it where enough are running. The same config in the same folder goes on with the run that was begun there.
   *
   * @throws {OutputDirectoryTakenError} the folder is another run's, or this one's and it has finished
   */
  async start(config: TrainingConfig, { name }: { name?: string | undefined } = {}): Promise<TrainingRun> {
    const sameFolder = await this.#runIn(config.outputDirectory)
    if (sameFolder !== undefined) {
      if (isDeepStrictEqual(sameFolder.config, config) && resumable.includes(sameFolder.status)) return this.resume(sameFolder.id)
      throw folderTaken(sameFolder, config)
    }
    const id = this.#createId() as TrainingRunId
    try {
      return this.#take(await this.#log.createRun({ id, name: name ?? describeRun(config), config }, this.#processId))
    } catch (error) {
      // Another start was faster, here or in another app.
      const faster = error instanceof TrainingConflictError ? await this.#runIn(config.outputDirectory) : undefined
      throw faster === undefined ? error : folderTaken(faster, config)
    }
  }

  /** Goes on from the state saved last. Throws TrainingRunNotFoundError, TrainingStateError. */
  async resume(runId: TrainingRunId): Promise<TrainingRun> {
    const { run, attempt } = await this.#require(runId)
    if (!resumable.includes(run.status)) throw new TrainingStateError(runId, run.status, `Training run ${runId} is ${run.status}: there is nothing to resume.`)
    return this.#take(await this.#log.queueRun(runId, attempt, this.#processId))
  }

  /** Ends after the step under way with the state saved; the status says when. Throws TrainingRunNotFoundError, TrainingStateError. */
  pause(runId: TrainingRunId): Promise<void> {
    return this.#halt(runId, 'pause')
  }

  /** Like `pause`, for good: only `resume` brings it back. */
  stop(runId: TrainingRunId): Promise<void> {
    return this.#halt(runId, 'stop')
  }

  /**
   * Another name; into the trash or out of it. Throws TrainingRunNotFoundError.
   *
   * @throws {TrainingStateError} a run under way would go into the trash
   */
  async annotate(runId: TrainingRunId, annotation: TrainingAnnotation): Promise<TrainingRun> {
    const { run } = await this.#require(runId)
    if (annotation.isTrashed === true && isUnderWay(run.status)) throw new TrainingStateError(runId, run.status, `Training run ${runId} is ${run.status}: stop it before you move it to the trash.`)
    const recorded = await this.#log.annotate(runId, annotation)
    const live = this.#live.get(runId)
    if (live === undefined) this.#tell(this.#shown(recorded))
    else live.annotate(recorded.run)
    return this.#shown(recorded)
  }

  /** The record, then what happens until the run ends. Throws TrainingRunNotFoundError before the first message. */
  async subscribe(runId: TrainingRunId, { signal }: { signal?: AbortSignal | undefined } = {}): Promise<AsyncGenerator<TrainingMessage, void, undefined>> {
    const live = this.#live.get(runId)
    if (live !== undefined) return followTraining(live, signal)
    const record = await this.get(runId)
    return (async function* () {
      yield { kind: 'record', record }
    })()
  }

  /** Any run of this process whenever something about it has changed. Returns the function that stops listening. */
  onChange(listener: (run: TrainingRun) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Pauses what runs and waits, within the limit, until its state is saved; what takes longer is interrupted. */
  async dispose(): Promise<void> {
    this.#isDisposing = true
    for (const live of this.#live.values()) live.askToHalt('pause')
    const working = [...this.#working.values()]
    await Promise.all(working.map(({ engine }) => engine.dispose()))
    await Promise.all(working.map(({ work }) => work))
    for (const live of [...this.#live.values()]) await this.#let(live, () => live.end('interrupted', 'The app was closed before it began.'))
  }

  #take({ run, attempt }: RecordedTrainingRun): TrainingRun {
    const live = new LiveTraining(this.#log, run, attempt, (changed) => this.#tell(changed))
    this.#live.set(run.id, live)
    live.announce(run)
    this.#startWaiting()
    return live.run
  }

  #tell(run: TrainingRun): void {
    for (const listener of this.#listeners) listener(run)
  }

  /** The first that waits begins where there is room for it. */
  #startWaiting(): void {
    if (this.#isDisposing) return
    for (const [runId, live] of this.#live) {
      if (this.#working.size >= this.#maxRunning) return
      if (this.#working.has(runId)) continue
      const engine = new EngineHost(this.#startEngine, { restartDelaysMs: [], disposeLimitMs: this.#disposeLimitMs })
      const work = this.#work(live, engine).finally(() => {
        this.#working.delete(runId)
        this.#startWaiting()
      })
      this.#working.set(runId, { engine, work })
    }
  }

  async #work(live: LiveTraining, engine: EngineHost): Promise<void> {
    const { config, step: reached } = live.run
    await this.#let(live, async () => {
      try {
        await live.begin()
        const onTrainingEvent = (event: TrainingEvent): void => {
          live.receive(event)
          if (event.kind === 'started' && event.fromStep === 0 && reached > 0) live.receive({ kind: 'warning', message: `${config.outputDirectory} holds no training state: the run begins anew, although it had reached step ${reached}.` })
        }
        await engine.call('train', { config }, { halt: live.halt, onTrainingEvent })
        await live.settled()
        if (live.run.status === 'finished') await engine.call('forgetTraining', { config })
        if (!live.hasEnded) await live.end(...this.#describeSilentEnd(live, null))
      } catch (error) {
        await live.settled()
        if (!live.hasEnded) await live.end(...this.#describeSilentEnd(live, error))
      }
      if (live.isStopWanted && live.run.status === 'paused') await live.end('stopped', null)
    })
    await engine.dispose()
  }

  #describeSilentEnd({ logFailure, run: { lastCheckpoint } }: LiveTraining, error: unknown): ['interrupted' | 'failed', string] {
    const kept = lastCheckpoint === null ? 'No checkpoint had been saved yet.' : `The checkpoint of step ${lastCheckpoint.step} is kept.`
    if (logFailure !== null) return ['interrupted', `The log could not be written (${messageOf(logFailure)}). ${kept}`]
    if (error instanceof EngineLostError) return ['interrupted', `${error.message} ${kept} Resume goes on from the state saved last.`]
    if (error instanceof TrainingConflictError) return ['interrupted', error.message]
    return ['failed', error === null ? 'internal: the engine ended the run without a word' : messageOf(error)]
  }

  /** Does the last thing with a live run and lets it go. */
  async #let(live: LiveTraining, last: () => Promise<void>): Promise<void> {
    try {
      await last()
    } finally {
      this.#live.delete(live.run.id)
      live.close()
    }
  }

  async #halt(runId: TrainingRunId, reason: HaltReason): Promise<void> {
    const live = this.#live.get(runId)
    if (live !== undefined) {
      if (reason === 'stop') live.isStopWanted = true
      if (this.#working.has(runId)) live.askToHalt(reason)
      else await this.#let(live, () => live.end('stopped', null))
      return
    }
    const { run, attempt } = await this.#require(runId)
    if (reason === 'stop' && (run.status === 'paused' || run.status === 'interrupted')) return this.#log.endRun(runId, attempt, 'stopped', run.message)
    const where = isUnderWay(run.status) ? ' in another app' : ''
    throw new TrainingStateError(runId, run.status, `Training run ${runId} is ${run.status}${where}: there is nothing to ${reason} here.`)
  }

  async #runIn(outputDirectory: string): Promise<TrainingRun | undefined> {
    return (await this.list()).find((run) => run.config.outputDirectory === outputDirectory)
  }

  async #require(runId: TrainingRunId): Promise<RecordedTrainingRun> {
    const recorded = await this.#log.getRun(runId)
    if (recorded === undefined) throw new TrainingRunNotFoundError(runId)
    return { ...recorded, run: this.#shown(recorded) }
  }

  /** A run whose process has ended is interrupted, whatever it could still record. */
  #shown({ run, processId }: RecordedTrainingRun): TrainingRun {
    const live = this.#live.get(run.id)
    if (live !== undefined) return live.run
    if (!isUnderWay(run.status)) return run
    const isElsewhere = processId !== null && processId !== this.#processId && this.#isProcessAlive(processId)
    return isElsewhere ? run : { ...run, status: 'interrupted', message: run.message ?? 'The app that ran it has ended.', remainingMs: null }
  }
}

function folderTaken({ id, config, status, trashedAt }: TrainingRun, wanted: TrainingConfig): OutputDirectoryTakenError {
  const found = `${isDeepStrictEqual(config, wanted) ? `which is ${status}` : 'which has another configuration'}${trashedAt === null ? '' : ' and lies in the trash'}`
  return new OutputDirectoryTakenError(id, config.outputDirectory, found)
}

/** "weaver sft · train.jsonl". */
function describeRun({ stage, method, dataset }: TrainingConfig): string {
  return `${stage} ${method} · ${dataset.name ?? basename(dataset.trainFile)}`
}
