/** @file One generation that the host steps: whole steps or their phases, one record out at a time. It does not log. */
import type { DonorLatents } from '../../shared/domain/donor.ts'
import type { TraceId } from '../../shared/domain/identifiers.ts'
import type { RunConfig } from '../../shared/domain/run-config.ts'
import type { PendingStep } from '../../shared/domain/session.ts'
import type { Finish, Prompt } from '../../shared/domain/trace.ts'
import type { Matrix } from '../../shared/domain/weave.ts'
import { RolloutFailedError } from './failure.ts'
import type { MemGenModel } from './memgen/memgen-model.ts'
import { Rollout } from './memgen/rollout.ts'
import type { StepResult } from './memgen/step-record.ts'
import type { GenerationRecord, ResolvedChange } from './protocol.ts'
import { renderPrompt } from './tokenization/render-prompt.ts'

export interface LiveRolloutOptions {
  readonly id: TraceId
  readonly config: RunConfig
  readonly sampleId: string
  readonly repeat: number
  /** @default none */
  readonly changes?: readonly ResolvedChange[]
  /** Both as of a `RowRequest`. */
  readonly centroids?: Matrix
  readonly donor?: DonorLatents
}

type StepListener = (result: StepResult) => void

export class LiveRollout {
  readonly #model: MemGenModel
  readonly #rollout: Rollout

  private constructor(model: MemGenModel, rollout: Rollout) {
    this.#model = model
    this.#rollout = rollout
  }

  /** Throws PromptRejectedError. */
  static open(model: MemGenModel, prompt: Prompt, { config, ...request }: LiveRolloutOptions): LiveRollout {
    const promptIds = model.tokenizer.encode(renderPrompt(prompt))
    return new LiveRollout(model, Rollout.open(model, config, [{ ...request, promptIds }]))
  }

  /** Goes on where a recorded generation stood. Throws PromptRejectedError. */
  static restore(model: MemGenModel, record: GenerationRecord, { config, ...request }: LiveRolloutOptions): LiveRollout {
    return new LiveRollout(model, Rollout.restore(model, config, request, record))
  }

  /** Starts as this one was before `stepIndex` and goes on with the change. Throws PromptRejectedError. */
  fork(stepIndex: number, id: TraceId, change: ResolvedChange): LiveRollout {
    return new LiveRollout(this.#model, this.#rollout.fork(0, stepIndex, id, change))
  }

  /** Takes a step, or finishes the one under way, and says whether it was the last; takes none where the rollout has finished. Throws RolloutFailedError where the numbers went wrong. */
  async step(onStep: StepListener): Promise<{ finish: Finish | null }> {
    if ((await this.#finish()) === null || this.#isInStep) for (const result of await this.#rollout.step()) onStep(result)
    return { finish: await this.#finish() }
  }

  /** Takes the next phase of a step. Throws RolloutFailedError where the numbers went wrong. */
  async phase(onStep: StepListener): Promise<{ finish: Finish | null; pending: PendingStep | null }> {
    if (this.#rollout.phase === 'decode') return { ...(await this.step(onStep)), pending: null }
    if ((await this.#finish()) === null) await (this.#isInStep ? this.#rollout.weave() : this.#rollout.decide())
    return { finish: await this.#finish(), pending: await this.#rollout.describePending(0) }
  }

  setTwin(isEnabled: boolean): void {
    this.#rollout.setTwin(isEnabled)
  }

  dispose(): void {
    this.#rollout.dispose()
  }

  get #isInStep(): boolean {
    return this.#rollout.phase !== 'decide'
  }

  async #finish(): Promise<Finish | null> {
    const [row] = this.#rollout.rows
    if (row?.error != null) throw new RolloutFailedError(`${row.error}; ${await this.#model.explainNonFinite()}`)
    return row?.finish ?? null
  }
}
