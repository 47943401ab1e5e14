/** @file What a stage of training offers to the loop that runs it. Knows no stage. */
import type { GrpoMetrics, TrainingSample } from '../../../shared/domain/training-event.ts'
import type { ParameterSet } from './parameter-set.ts'

/** The gradient of one optimizer step, and what it was computed from. */
export interface StepOutcome {
  readonly loss: number
  /** Tokens that went through the model. */
  readonly tokens: number
  readonly supervisedTokens: number
  /** Whether this step says anything about the parameter. */
  readonly hasGradient: (name: string) => boolean
  /** null for SFT. */
  readonly grpo: GrpoMetrics | null
  /** Completions worth reading; SFT has none here. */
  readonly samples: readonly TrainingSample[]
}

/** How good the model is on samples it does not train on; lower is better for a loss, higher for a reward. Both are null where nothing could be judged. */
export interface EvaluationOutcome {
  readonly loss: number | null
  readonly rewardMean: number | null
  /** Of those that the number is of. */
  readonly sampleCount: number
}

export interface TrainingTask {
  readonly parameters: ParameterSet
  readonly totalSteps: number
  readonly stepsPerEpoch: number
  /** How many optimizer steps belong together: a run may only be left and gone on with between such groups. */
  readonly stepsPerGroup: number
  /** Adds the gradient of optimizer step `step` (0-based) to `gradients`, which are 0. */
  computeStep(step: number, gradients: ParameterSet): Promise<StepOutcome>
  /** null where there is nothing to evaluate on. */
  evaluate(onProgress: (fraction: number) => void): Promise<EvaluationOutcome | null>
  /** Completions of the model as it is now. */
  drawSamples(step: number): Promise<readonly TrainingSample[]>
  /** Writes the model with its present parameters. */
  save(directory: string): void
  release(): Promise<void>
}
