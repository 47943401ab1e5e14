/** @file The trigger learning from rollouts in which it drew its decisions: which of them count, and what they cost. Knows no loop. */
import { NOT_ASKED } from '../../../shared/domain/step.ts'
import type { GrpoConfig, TrainingConfig } from '../../../shared/domain/training.ts'
import type { Sample } from '../../tasks/index.ts'
import { writeMemGenCheckpoint, type MemGenCheckpoint } from '../checkpoint/index.ts'
import { penalizeActivations } from './activation-penalty.ts'
import type { GrpoRow, RolloutModel } from './grpo-task.ts'
import type { LossColumns } from './loss-feeds.ts'
import { triggerParameters, withParameters } from './memgen-parameters.ts'
import { ParameterSet } from './parameter-set.ts'
import type { StepOptions, StepResult } from './step-result.ts'
import { triggerBase } from './training-bases.ts'
import type { TrainingModel } from './training-model.ts'
import { rewardLessInsertions, type Rollout, type TrainingRollouts } from './training-rollouts.ts'
import { TriggerStep, type Decision, type TriggerRow } from './trigger-step.ts'

export class TriggerModel implements RolloutModel<TriggerRow> {
  readonly parameters: ParameterSet
  readonly #model: TrainingModel
  readonly #config: TrainingConfig
  readonly #grpo: GrpoConfig
  readonly #step: TriggerStep
  readonly #rollouts: TrainingRollouts

  private constructor(model: TrainingModel, config: TrainingConfig, grpo: GrpoConfig, step: TriggerStep, rollouts: TrainingRollouts) {
    this.parameters = ParameterSet.from(triggerParameters(model.checkpoint))
    this.#model = model
    this.#config = config
    this.#grpo = grpo
    this.#step = step
    this.#rollouts = rollouts
  }

  static async open(model: TrainingModel, config: TrainingConfig, grpo: GrpoConfig, rollouts: TrainingRollouts): Promise<TriggerModel> {
    const { epsilonLow, epsilonHigh, delta, beta } = grpo
    const { checkpoint: { trigger, directory } } = model
    if (trigger.outputLayer === undefined) throw new Error(`${directory}: expected a trigger to train, found none (output_layer is missing): begin without a checkpoint for a new one, or take one that has it`)
    const base = triggerBase(model.plan, model.checkpoint, config.model.triggerLora.loraDropout)
    const step = await TriggerStep.create(base, { head: { kind: 'grpo', epsilonLow, epsilonHigh, delta: delta ?? undefined, beta } })
    return new TriggerModel(model, config, grpo, step, rollouts)
  }

  /** Tokens are the likeliest ones, decisions are drawn: what differs within a group is where latents went. */
  draw(samples: readonly Sample[], seed: number, numGenerations: number): Promise<Rollout[]> {
    return this.#rollouts.draw(samples, {
      checkpoint: this.#present(),
      policy: { kind: 'trigger' },
      maxNewTokens: this.#grpo.maxCompletionLength,
      doSample: false,
      triggerDoSample: numGenerations > 1,
      temperature: this.#grpo.temperature,
      numGenerations,
      seed,
      batchSize: this.#config.optimisation.batchSize,
    })
  }

  rowOf({ promptIds, completion }: Rollout): GrpoRow<TriggerRow> {
    const decisions = completion.decisions.flatMap((decision, step): Decision[] => (decision === NOT_ASKED ? [] : [{ position: promptIds.length + step, decision }]))
    const ids = [...promptIds, ...completion.tokenIds]
    return { items: [{ ids, decisions }], targetCount: decisions.length, tokens: ids.length }
  }

  rewardsOf(rollouts: readonly Rollout[]): readonly (number | null)[] {
    const { insertionCost, rewardAdaptivePenalty } = this.#grpo
    const rewards = rollouts.map((rollout) => rewardLessInsertions(rollout, insertionCost))
    if (rewardAdaptivePenalty === 0) return rewards
    const activations = rollouts.map(({ completion }) => completion.decisions.filter((decision) => decision !== NOT_ASKED))
    return penalizeActivations(rewards, activations, rewardAdaptivePenalty).rewards
  }

  run(rows: readonly TriggerRow[], parameters: ParameterSet, columns: LossColumns, options?: StepOptions): Promise<StepResult> {
    return this.#step.run(rows, parameters, columns, options)
  }

  hasGradient(rows: readonly TriggerRow[]): boolean {
    return rows.some(({ decisions }) => decisions.length > 0)
  }

  save(directory: string): void {
    writeMemGenCheckpoint(directory, this.#present(), { baseConfig: this.#model.baseConfig, baseModelName: this.#model.location.reasonerDir })
  }

  async release(): Promise<void> {
    await this.#step.release()
    await this.#rollouts.release()
  }

  #present(): MemGenCheckpoint {
    return withParameters(this.#model.checkpoint, this.parameters)
  }
}
