/** @file One generation that the host steps: prompt in, one step out at a time. It does not log. */
import type { TraceId } from '../../shared/domain/identifiers.ts'
import type { RunConfig } from '../../shared/domain/run-config.ts'
import type { Finish, Prompt, PromptToken } from '../../shared/domain/trace.ts'
import { RolloutFailedError } from './failure.ts'
import type { MemGenModel } from './memgen/memgen-model.ts'
import { Rollout } from './memgen/rollout.ts'
import type { StepResult } from './memgen/step-record.ts'
import { euclideanNorms } from './memgen/vocabulary.ts'
import { renderPrompt } from './tokenization/render-prompt.ts'
import { StreamedText } from './tokenization/streamed-text.ts'

export interface LiveRolloutOptions {
  readonly id: TraceId
  readonly prompt: Prompt
  readonly config: RunConfig
  readonly sampleId: string
  readonly repeat: number
}

export class LiveRollout {
  readonly renderedPrompt: string
  readonly promptTokens: PromptToken[]
  readonly #model: MemGenModel
  readonly #rollout: Rollout

  private constructor(model: MemGenModel, rollout: Rollout, renderedPrompt: string, promptTokens: PromptToken[]) {
    this.#model = model
    this.#rollout = rollout
    this.renderedPrompt = renderedPrompt
    this.promptTokens = promptTokens
  }

  /** Throws PromptRejectedError. */
  static async open(model: MemGenModel, { id, prompt, config, sampleId, repeat }: LiveRolloutOptions): Promise<LiveRollout> {
    const renderedPrompt = renderPrompt(prompt)
    const promptIds = model.tokenizer.encode(renderedPrompt)
    const rollout = Rollout.open(model, config, [{ id, promptIds, sampleId, repeat }])
    return new LiveRollout(model, rollout, renderedPrompt, await describePrompt(model, promptIds))
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

async function describePrompt(model: MemGenModel, promptIds: readonly number[]): Promise<PromptToken[]> {
  const embeds = await model.embeddings.inputsEmbeds({ ids: promptIds, latents: new Float32Array(0) })
  const norms = euclideanNorms(embeds, model.config.hiddenSize)
  const text = new StreamedText(model.tokenizer)
  return promptIds.map((tokenId, index) => ({ tokenId, text: text.push(tokenId), embeddingNorm: norms[index] ?? 0 }))
}
