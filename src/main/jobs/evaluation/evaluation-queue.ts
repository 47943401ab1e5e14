/**
 * @file The runs that this process has in hand: one after the other, in an engine process of their own, each to its end, its pause or
 * its failure. It knows neither requests nor runs of other processes.
 */
import type { EvaluationEvent, EvaluationRun } from '../../../shared/domain/evaluation.ts'
import type { EvaluationRunId } from '../../../shared/domain/experiment-ids.ts'
import type { ModelId } from '../../../shared/domain/identifiers.ts'
import type { ModelEntry } from '../../../shared/domain/model.ts'
import { messageOf } from '../../../shared/message-of.ts'
import { isDeviceLoss, type DeviceRoom } from '../../devices/index.ts'
import { EngineLostError, type StartEngine } from '../../engine-host/index.ts'
import type { EvaluationLog, EvaluationRunChanges } from '../../log/index.ts'
import { ModelNotFoundError, type FindCentroids } from '../../sessions/index.ts'
import { EvaluationConflictError } from './errors.ts'
import { LiveEvaluation } from './live-evaluation.ts'
import { boundAccuracy } from './run-accuracy.ts'
import { runEvaluation } from './run-evaluation.ts'
import type { ProvenanceParts } from './run-provenance.ts'
import { Workshop, type LoadTask } from './workshop.ts'

export interface EvaluationQueueParts extends ProvenanceParts {
  readonly log: EvaluationLog
  readonly startEngine: StartEngine
  readonly devices: DeviceRoom
  /** null when the library does not know the model. */
  readonly findModel: (modelId: ModelId) => Promise<ModelEntry | null>
  readonly loadTask: LoadTask
  readonly findCentroids: FindCentroids
}

export interface EvaluationQueueOptions {
  /** Asked just before a run begins: throws where it must not. */
  readonly claim: (runId: EvaluationRunId) => Promise<void>
  readonly tell: (event: EvaluationEvent) => void
}

export class EvaluationQueue {
  readonly #parts: EvaluationQueueParts
  readonly #options: EvaluationQueueOptions
  readonly #workshop: Workshop
  /** In the order they were asked for. */
  readonly #live = new Map<EvaluationRunId, LiveEvaluation>()
  #working: { readonly runId: EvaluationRunId; readonly work: Promise<void> } | null = null
  #isDisposing = false

  constructor(parts: EvaluationQueueParts, options: EvaluationQueueOptions) {
    this.#parts = parts
    this.#options = options
    this.#workshop = new Workshop(parts.startEngine, parts.loadTask)
  }

  find(runId: EvaluationRunId): LiveEvaluation | undefined {
    return this.#live.get(runId)
  }

  /** Adds runs that are recorded as queued; the first begins where none runs. */
  add(runs: readonly EvaluationRun[]): void {
    for (const run of runs) {
      this.#live.set(run.id, new LiveEvaluation(this.#parts.log, run, this.#options.tell, { now: () => performance.now() }))
      this.#options.tell({ kind: 'run', run })
    }
    this.#startWaiting()
  }

  /** Stops those of the runs that are here, and resolves when they rest. */
  async stop(runIds: readonly EvaluationRunId[], status: 'paused' | 'cancelled'): Promise<void> {
    const stopping = runIds.flatMap((runId) => this.#live.get(runId) ?? [])
    for (const live of stopping) live.stop(new EvaluationStopped(status))
    const waiting = stopping.filter(({ run }) => run.id !== this.#working?.runId)
    for (const { run } of waiting) this.#live.delete(run.id)
    for (const live of waiting) await live.end(status, null)
    if (waiting.length < stopping.length) await this.#working?.work
  }

  /** Pauses everything and ends the engine. */
  async dispose(): Promise<void> {
    this.#isDisposing = true
    await this.stop([...this.#live.keys()], 'paused')
    await this.#workshop.close()
  }

  #startWaiting(): void {
    const [next] = this.#live.values()
    if (next === undefined || this.#working !== null || this.#isDisposing) return
    const work = this.#work(next).finally(async () => {
      // Nobody waits: the engine need not stay.
      if (this.#live.size === 0) await this.#workshop.close()
      this.#working = null
      this.#startWaiting()
    })
    this.#working = { runId: next.run.id, work }
  }

  async #work(live: LiveEvaluation): Promise<void> {
    let failure: unknown = null
    try {
      await this.#run(live)
      await live.settled()
      live.signal.throwIfAborted() // the log may have refused the last result
    } catch (error) {
      await live.settled()
      failure = live.signal.aborted ? live.signal.reason : error
    }
    const bounds = failure instanceof EvaluationConflictError ? {} : await boundAccuracy(this.#parts.log, live.run).catch((error: unknown): EvaluationRunChanges => {
      failure ??= error
      return {}
    })
    // A lost engine is not to be asked again.
    if (failure instanceof EngineLostError) await this.#workshop.close()
    // Before the last word: who hears it may resume.
    this.#live.delete(live.run.id)
    if (failure instanceof EvaluationConflictError) live.letGo(failure.message)
    else if (failure === null) await live.end('finished', null, bounds)
    else if (failure instanceof EvaluationStopped) await live.end(failure.status, null, bounds)
    else await live.end('failed', describeFailure(failure, live.run), bounds)
  }

  async #run(live: LiveEvaluation): Promise<void> {
    const { id, plan } = live.run
    const model = await this.#parts.findModel(plan.modelId)
    if (model === null) throw new ModelNotFoundError(plan.modelId)
    await this.#options.claim(id)
    await live.update({ status: 'running' })
    const run = (): Promise<void> => runEvaluation(live, model, { ...this.#parts, workshop: this.#workshop })
    await run().catch(async (error: unknown) => {
      if (!isDeviceLoss(error)) throw error
      // What is missing is computed on the CPU.
      await live.settled()
      await run()
    })
  }
}

/** The user's will, or the app's end. */
class EvaluationStopped extends Error {
  override name = 'EvaluationStopped'
  readonly status: 'paused' | 'cancelled'

  constructor(status: 'paused' | 'cancelled') {
    super(`The run was ${status}.`)
    this.status = status
  }
}

function describeFailure(error: unknown, { totals: { done } }: EvaluationRun): string {
  const kept = done === 0 ? '' : done === 1 ? ' Its one result is kept.' : ` Its ${done} results are kept.`
  const next = error instanceof EngineLostError ? ' Resume goes on with the others.' : ''
  return `${messageOf(error)}${kept}${next}`
}
