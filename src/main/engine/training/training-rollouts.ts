/**
 * @file Completions of a model in training, drawn in batches over its caches, and their rewards. Knows no loss.
 */
import type { Completion } from '../../../shared/domain/completion.ts'
import type { MemoryPolicy } from '../../../shared/domain/memory-policy.ts'
import { runConfigSchema, type RunConfig } from '../../../shared/domain/run-config.ts'
import type { TrainingConfig } from '../../../shared/domain/training.ts'
import type { TrainingSample } from '../../../shared/domain/training-event.ts'
import { isRewardName, rewardFunctions, rewardNames, samplePrompt, scoreCompletion, type RewardFunction, type Sample, type Score } from '../../tasks/index.ts'
import type { MemGenCheckpoint } from '../checkpoint/index.ts'
import { generateCompletions } from '../memgen/completions.ts'
import { MemGenModel } from '../memgen/memgen-model.ts'
import { renderPrompt } from '../tokenization/render-prompt.ts'
import type { TrainingModel } from './training-model.ts'

/** One completion of a prompt. */
export interface Rollout {
  readonly sample: Sample
  readonly promptIds: readonly number[]
  readonly completion: Completion
  /** null without a reward to ask for. */
  readonly score: Score | null
}

export interface RolloutOptions {
  readonly checkpoint: MemGenCheckpoint
  readonly policy: MemoryPolicy
  readonly maxNewTokens: number
  /** Draws tokens at the temperature. */
  readonly doSample: boolean
  /** Draws decisions at the temperature. */
  readonly triggerDoSample: boolean
  readonly temperature: number
  readonly numGenerations: number
  /** Determines the draws, with the sample and the repeat. */
  readonly seed: number
  readonly batchSize: number
}

/** Sessions of all roles, sampled from with whatever parameters there are now. */
export class TrainingRollouts {
  readonly #model: MemGenModel
  readonly #reward: RewardFunction | null

  private constructor(model: MemGenModel, reward: RewardFunction | null) {
    this.#model = model
    this.#reward = reward
  }

  static async open({ location }: TrainingModel, { device, dataset }: Pick<TrainingConfig, 'device' | 'dataset'>): Promise<TrainingRollouts> {
    return new TrainingRollouts(await MemGenModel.load(location, { device }), dataset.reward === null ? null : rewardOf(dataset.reward))
  }

  promptIds(sample: Sample): readonly number[] {
    return this.#model.tokenizer.encode(renderPrompt(samplePrompt(sample)))
  }

  /** `numGenerations` completions of each sample, those of a sample next to each other. */
  async draw(samples: readonly Sample[], options: RolloutOptions): Promise<Rollout[]> {
    const model = await this.#model.withMemory(options.checkpoint)
    try {
      const prompts = samples.map((sample) => ({ sample, promptIds: this.promptIds(sample) }))
      const requests = prompts.flatMap(({ sample, promptIds }) =>
        Array.from({ length: options.numGenerations }, (_, repeat) => ({ sample, promptIds, sampleId: sample.id, repeat })),
      )
      const completions = await generateCompletions(model, runConfigOf(options), requests, { batchSize: options.batchSize })
      return requests.map(({ sample, promptIds }, index) => {
        const completion = completions[index]
        if (completion === undefined) throw new Error(`internal: no completion of ${sample.id}`)
        return { sample, promptIds, completion, score: this.#score(completion, sample) }
      })
    } finally {
      await model.release()
    }
  }

  /** Why no completion of a sample can be judged, whatever it says; null where each can. */
  judgingProblem(sample: Sample): string | null {
    if (this.#reward === null) return 'there is no reward to ask for'
    const score = scoreCompletion(this.#reward, '', sample)
    return 'error' in score ? score.error : null
  }

  async release(): Promise<void> {
    await this.#model.release()
  }

  #score(completion: Completion, sample: Sample): Score | null {
    if (completion.error !== null) return { error: completion.error }
    return this.#reward && scoreCompletion(this.#reward, completion.text, sample)
  }
}

/** A rollout as a reader sees it. */
export function shownSample(step: number, { sample, completion, score }: Rollout): TrainingSample {
  return {
    step,
    sampleId: sample.id,
    prompt: renderPrompt(samplePrompt(sample)),
    completion: completion.text,
    reward: score !== null && 'reward' in score ? score.reward : null,
    rewardError: score !== null && 'error' in score ? score.error : null,
    insertions: insertionCount(completion),
  }
}

/** What is learnt from: the reward less `insertionCost` for each insertion; null where there is no reward. */
export function rewardLessInsertions({ score, completion }: Rollout, insertionCost: number): number | null {
  return score !== null && 'reward' in score ? score.reward - insertionCost * insertionCount(completion) : null
}

/** Prompt and inference insertions of a completion. */
export function insertionCount({ insertions }: Completion): number {
  return insertions.prompt + insertions.inference
}

function rewardOf(name: string): RewardFunction {
  if (isRewardName(name)) return rewardFunctions[name]
  throw new Error(`dataset.reward: expected ${rewardNames.join(', ')}, found ${name}`)
}

function runConfigOf({ policy, maxNewTokens, doSample, triggerDoSample, temperature, seed }: RolloutOptions): RunConfig {
  return runConfigSchema.parse({ policy, maxNewTokens, sampling: { doSample, temperature }, triggerDoSample, seed, recordTopK: 0, recordNearest: 0 })
}
