/**
 * @file Supervised training over a fixed set of rows, whatever model learns from them. Knows batches and means; not what a pass goes
 * through.
 */
import type { TrainingConfig } from '../../../shared/domain/training.ts'
import type { TrainingSample } from '../../../shared/domain/training-event.ts'
import { planBatches, type BatchPlan } from './batches.ts'
import type { Dropout } from './dropout-masks.ts'
import type { LossColumns } from './loss-feeds.ts'
import type { ParameterSet } from './parameter-set.ts'
import type { StepOptions, StepResult } from './step-result.ts'
import type { TrainingPass } from './supervised-rows.ts'
import type { EvaluationOutcome, StepOutcome, TrainingTask } from './training-task.ts'

/** A model that learns from passes. */
export interface SupervisedModel {
  readonly parameters: ParameterSet
  run(passes: readonly TrainingPass[], parameters: ParameterSet, columns: LossColumns, options?: StepOptions): Promise<StepResult>
  /** Whether passes say anything about the parameter. */
  hasGradient(passes: readonly TrainingPass[], name: string): boolean
  drawSamples(step: number): Promise<readonly TrainingSample[]>
  save(directory: string): void
  release(): Promise<void>
}

/** One row of the data. */
export interface SupervisedRow {
  /** Tokens, for batches of like length. */
  readonly length: number
  /** The row's passes in an epoch; long conversations are cut anew each time. */
  passes(epoch: number): readonly TrainingPass[]
}

export interface SftTaskOptions {
  readonly config: Pick<TrainingConfig, 'optimisation' | 'evaluation' | 'seed'>
  readonly train: readonly SupervisedRow[]
  readonly validation: readonly SupervisedRow[]
  /** The masks of one optimizer step. */
  readonly dropoutAt: (step: number) => Dropout
}

export class SftTask implements TrainingTask {
  readonly parameters: ParameterSet
  readonly totalSteps: number
  readonly stepsPerEpoch: number
  readonly stepsPerGroup = 1
  readonly #model: SupervisedModel
  readonly #options: SftTaskOptions
  readonly #plan: BatchPlan

  constructor(model: SupervisedModel, options: SftTaskOptions) {
    this.parameters = model.parameters
    this.#model = model
    this.#options = options
    const { optimisation, seed } = options.config
    this.#plan = planBatches(options.train.map(({ length }) => length), { ...optimisation, seed })
    this.totalSteps = this.#plan.totalSteps
    this.stepsPerEpoch = this.#plan.stepsPerEpoch
  }

  async computeStep(step: number, gradients: ParameterSet): Promise<StepOutcome> {
    const epoch = Math.floor(step / this.stepsPerEpoch)
    const batches = this.#plan.batchesOf(step)
    const dropout = this.#options.dropoutAt(step)
    const seen: TrainingPass[] = []
    let loss = 0
    for (const batch of batches) {
      const passes = batch.flatMap((index) => this.#options.train[index]?.passes(epoch) ?? [])
      // Each batch's mean counts the same, as in transformers' Trainer with a loss of the model's own.
      const result = await this.#model.run(passes, this.parameters, meanColumns(passes, 1 / batches.length), { gradients, dropout })
      loss += result.loss
      seen.push(...passes)
    }
    return {
      loss,
      tokens: sum(seen, ({ ids }) => ids.length),
      supervisedTokens: sum(seen, ({ targets }) => targets.length),
      hasGradient: (name) => this.#model.hasGradient(seen, name),
      grpo: null,
      samples: [],
    }
  }

  /** The mean over all supervised tokens of the held-out rows. */
  async evaluate(onProgress: (fraction: number) => void): Promise<EvaluationOutcome | null> {
    const { validation, config } = this.#options
    if (validation.length === 0) return null
    let [total, count] = [0, 0]
    const { batchSize } = config.evaluation
    for (let start = 0; start < validation.length; start += batchSize) {
      const passes = validation.slice(start, start + batchSize).flatMap((row) => row.passes(0))
      const targets = sum(passes, (pass) => pass.targets.length)
      total += (await this.#model.run(passes, this.parameters, meanColumns(passes, 1))).loss * targets
      count += targets
      onProgress(Math.min(1, (start + batchSize) / validation.length))
    }
    return { loss: total / count, rewardMean: null, sampleCount: validation.length }
  }

  drawSamples(step: number): Promise<readonly TrainingSample[]> {
    return this.#model.drawSamples(step)
  }

  save(directory: string): void {
    this.#model.save(directory)
  }

  release(): Promise<void> {
    return this.#model.release()
  }
}

/** `share` times the mean over all targets. */
function meanColumns(passes: readonly TrainingPass[], share: number): LossColumns {
  const count = sum(passes, ({ targets }) => targets.length)
  return { weights: new Float32Array(count).fill(share / count) }
}

/** Of a number of each item. */
export function sum<Item>(items: readonly Item[], numberOf: (item: Item) => number): number {
  return items.reduce((total, item) => total + numberOf(item), 0)
}
