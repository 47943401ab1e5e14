/** @file One generation that the host steps: prompt in, steps out, stoppable between steps. It does not log. */
import { setImmediate } from 'node:timers/promises'
import type { TraceId } from '../../shared/domain/identifiers.ts'
import type { RunConfig } from '../../shared/domain/run-config.ts'
import type { AdvanceUntil } from '../../shared/domain/session.ts'
import type { Finish, Prompt, PromptToken } from '../../shared/domain/trace.ts'
import { RolloutFailedError } from './failure.ts'
import type { MemGenModel } from './memgen/memgen-model.ts'
import { Rollout, type StepResult } from './memgen/rollout.ts'
import { euclideanNorms } from './memgen/vocabulary.ts'
import { renderConversation } from './tokenization/chat-template.ts'
import { StreamedText } from './tokenization/streamed-text.ts'

export interface LiveRolloutOptions {
  readonly id: TraceId
  readonly prompt: Prompt
  readonly config: RunConfig
  readonly sampleId: string
  readonly repeat: number
}

export interface AdvanceOptions {
  /** Heard between steps. */
  readonly signal: AbortSignal
  readonly onStep: (result: StepResult) => void
}

export class LiveRollout {
  readonly renderedPrompt: string
  readonly promptTokens: PromptToken[]
  readonly #rollout: Rollout

  private constructor(rollout: Rollout, renderedPrompt: string, promptTokens: PromptToken[]) {
    this.#rollout = rollout
    this.renderedPrompt = renderedPrompt
    this.promptTokens = promptTokens
  }

  /** Throws PromptRejectedError. */
  static async open(model: MemGenModel, { id, prompt, config, sampleId, repeat }: LiveRolloutOptions): Promise<LiveRollout> {
    const renderedPrompt = prompt.kind === 'text' ? prompt.text : renderConversation(prompt.messages, { addGenerationPrompt: true })
    const promptIds = model.tokenizer.encode(renderedPrompt)
    const rollout = Rollout.open(model, config, [{ id, promptIds, sampleId, repeat }])
    return new LiveRollout(rollout, renderedPrompt, await describePrompt(model, promptIds))
  }

  /**
   * Steps until the goal, an abort of `signal` or the finish; `onStep` hears of each step before the next one begins.
   * Throws RolloutFailedError where the numbers went wrong.
   */
  async advance(until: AdvanceUntil, { signal, onStep }: AdvanceOptions): Promise<{ stopped: 'reached' | 'paused' | 'finished'; finish: Finish | null }> {
    for (;;) {
      const finish = this.#finish()
      if (finish !== null) return { stopped: 'finished', finish }
      if (signal.aborted) return { stopped: 'paused', finish: null }
      const results = await this.#rollout.step()
      for (const result of results) onStep(result)
      const isReached = until === 'step' || (until === 'decision' && results.some(({ step }) => step.decision !== -100))
      if (isReached) return { stopped: this.#finish() === null ? 'reached' : 'finished', finish: this.#finish() }
      // Runs block this thread: only here can a pause be heard.
      await setImmediate()
    }
  }

  dispose(): void {
    this.#rollout.dispose()
  }

  #finish(): Finish | null {
    const [row] = this.#rollout.rows
    if (row?.error != null) throw new RolloutFailedError(row.error)
    return row?.finish ?? null
  }
}

async function describePrompt(model: MemGenModel, promptIds: readonly number[]): Promise<PromptToken[]> {
  const embeds = await model.embeddings.inputsEmbeds({ ids: promptIds, latents: new Float32Array(0) })
  const norms = euclideanNorms(embeds, model.config.hiddenSize)
  const text = new StreamedText(model.tokenizer)
  return promptIds.map((tokenId, index) => ({ tokenId, text: text.push(tokenId), embeddingNorm: norms[index] ?? 0 }))
}
