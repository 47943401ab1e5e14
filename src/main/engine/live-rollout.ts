/** @file One generation that the host steps: prompt in, one step out at a time. It does not log. */
import type { TraceId } from '../../shared/domain/identifiers.ts'
import type { RunConfig } from '../../shared/domain/run-config.ts'
import type { Finish, Prompt } from '../../shared/domain/trace.ts'
import { RolloutFailedError } from './failure.ts'
import type { MemGenModel } from './memgen/memgen-model.ts'
import { Rollout } from './memgen/rollout.ts'
import type { StepResult } from './memgen/step-record.ts'
import { renderPrompt } from './tokenization/render-prompt.ts'

export interface LiveRolloutOptions {
  readonly id: TraceId
  readonly prompt: Prompt
  readonly config: RunConfig
  readonly sampleId: string
  readonly repeat: number
}

export class LiveRollout {
  readonly #model: MemGenModel
  readonly #rollout: Rollout

  private constructor(model: MemGenModel, rollout: Rollout) {
    this.#model = model
    this.#rollout = rollout
  }

  /** Throws PromptRejectedError. */
  static open(model: MemGenModel, { id, prompt, config, sampleId, repeat }: LiveRolloutOptions): LiveRollout {
    const promptIds = model.tokenizer.encode(renderPrompt(prompt))
    return new LiveRollout(model, Rollout.open(model, config, [{ id, promptIds, sampleId, repeat }]))
  }

  /** Takes a step and says whether it was the last; takes none where the rollout has finished. Throws RolloutFailedError where the numbers went wrong. */
  async step(onStep: (result: StepResult) => void): Promise<{ finish: Finish | null }> {
    if ((await this.#finish()) === null) for (const result of await this.#rollout.step()) onStep(result)
    return { finish: await this.#finish() }
  }

  dispose(): void {
    this.#rollout.dispose()
  }

  async #finish(): Promise<Finish | null> {
    const [row] = this.#rollout.rows
    if (row?.error != null) throw new RolloutFailedError(`${row.error}; ${await this.#model.explainNonFinite()}`)
    return row?.finish ?? null
  }
}
