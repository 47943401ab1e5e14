/**
 * @file A run that this process has in hand: results are committed together as they come in, then told; its status likewise. It does not
 * know the engine or who listens.
 */
import { setTimeout } from 'node:timers/promises'
import type { EvaluationEvent, EvaluationRun, EvaluationStatus } from '../../../shared/domain/evaluation.ts'
import type { EvaluationLog, EvaluationRunChanges, NewResult } from '../../log/index.ts'

/** The elapsed time of a run is written that often; a crash loses no more of it. */
const ELAPSED_WRITE_MS = 2_000

/** Results wait that long for others: each commit is flushed to the disk, which takes longer than all the rest of keeping a result. */
const GATHER_MS = 100

export interface LiveEvaluationOptions {
  /** Milliseconds of any clock. */
  readonly now: () => number
}

export class LiveEvaluation {
  readonly #log: EvaluationLog
  readonly #tell: (event: EvaluationEvent) => void
  readonly #now: () => number
  readonly #stopping = new AbortController()
  #run: EvaluationRun
  #queue: Promise<unknown> = Promise.resolve()
  #gathered: NewResult[] = []
  /** Since when elapsed time is not written; null where nothing computes. */
  #unwrittenSince: number | null = null

  constructor(log: EvaluationLog, run: EvaluationRun, tell: (event: EvaluationEvent) => void, { now }: LiveEvaluationOptions) {
    this.#log = log
    this.#run = run
    this.#tell = tell
    this.#now = now
  }

  get run(): EvaluationRun {
    return this.#run
  }

  /** Aborts when the run is to stop, with the reason. */
  get signal(): AbortSignal {
    return this.#stopping.signal
  }

  stop(reason: unknown): void {
    this.#stopping.abort(reason)
  }

  /** Elapsed time counts from now on. */
  startClock(): void {
    this.#unwrittenSince = this.#now()
  }

  /**
   * Commits the result with all that come in soon after it and until the log is free, in one transaction, then tells it. A log that refuses stops the run.
   * What comes after the run was stopped is whole as well and is kept.
   */
  receive(result: NewResult): void {
    this.#gathered.push(result)
    if (this.#gathered.length > 1) return
    this.#enqueue(async () => {
      await setTimeout(GATHER_MS)
      const results = this.#gathered
      this.#gathered = []
      this.#run = await this.#log.addResults(this.#run.id, results)
      for (const { result: kept } of results) this.#tell({ kind: 'result', runId: this.#run.id, result: { ...kept, human: null } })
      if (this.#unwrittenSince !== null && this.#now() - this.#unwrittenSince >= ELAPSED_WRITE_MS) await this.#record({})
      this.#tell({ kind: 'run', run: this.#run })
    }).catch((error: unknown) => this.stop(error))
  }

  tellStage(stage: string, fraction: number): void {
    this.#tell({ kind: 'stage', runId: this.#run.id, stage, fraction })
  }

  /** Resolves when all that was received up to now is committed and told, or refused. */
  async settled(): Promise<void> {
    await this.#queue
  }

  /** Takes over what a person wrote on the run meanwhile. */
  annotate({ tags, note, isStarred, trashedAt }: EvaluationRun): void {
    this.#run = { ...this.#run, tags, note, isStarred, trashedAt }
  }

  /** Records the changes, then tells them. Throws what the log throws. */
  update(changes: EvaluationRunChanges): Promise<void> {
    return this.#enqueue(async () => {
      await this.#record(changes)
      this.#tell({ kind: 'run', run: this.#run })
    })
  }

  /** The last word of this process. Where the log refuses it, it is true here alone. */
  async end(status: Exclude<EvaluationStatus, 'running' | 'queued'>, error: string | null, changes: EvaluationRunChanges = {}): Promise<void> {
    try {
      await this.update({ ...changes, status, error, processId: null })
    } catch {
      // The log's refusal is what `error` tells of already, or will be met again at the next start.
      this.#run = { ...this.#run, status, error }
      this.#tell({ kind: 'run', run: this.#run })
    }
  }

  /** Another process has the run: here it ends, and nothing is written that would end it there. */
  letGo(error: string): void {
    this.#run = { ...this.#run, status: 'failed', error }
    this.#tell({ kind: 'run', run: this.#run })
  }

  async #record(changes: EvaluationRunChanges): Promise<void> {
    const since = this.#unwrittenSince
    const now = this.#now()
    if (since !== null) this.#unwrittenSince = now
    this.#run = await this.#log.update(this.#run.id, { ...changes, ...(since === null ? {} : { addedMs: now - since }) })
  }

  #enqueue<Result>(task: () => Promise<Result>): Promise<Result> {
    const result = this.#queue.then(task)
    this.#queue = result.catch(() => undefined) // whoever asked hears of it
    return result
  }
}
