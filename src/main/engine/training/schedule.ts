/** @file Learning rates over the steps of a run, as transformers' `get_scheduler` gives them. Knows no optimizer. */
import type { Optimisation } from '../../../shared/domain/training.ts'

/** How the rate goes on after the warm-up. transformers calls `constant` with a warm-up `constant_with_warmup`. */
export type ScheduleType = Optimisation['schedule']

export interface ScheduleOptions {
  readonly type: ScheduleType
  /** The learning rate at the end of the warm-up. */
  readonly learningRate: number
  /** Optimizer steps of the whole run. */
  readonly totalSteps: number
  /** Share of the steps over which the rate rises from 0, 0–1. @default 0 */
  readonly warmupRatio?: number
}

/** Factor after the warm-up; `progress` runs from 0 at its end to 1 at the last step. */
const decay = {
  // cos over half a period: get_cosine_schedule_with_warmup's num_cycles = 0.5
  cosine: (progress) => Math.max(0, 0.5 * (1 + Math.cos(Math.PI * progress))),
  linear: (progress) => Math.max(0, 1 - progress),
  constant: () => 1,
} satisfies Record<ScheduleType, (progress: number) => number>

/** Steps of warm-up: transformers' TrainingArguments.get_warmup_steps. */
export function warmupSteps(totalSteps: number, warmupRatio: number): number {
  return Math.ceil(totalSteps * warmupRatio)
}

/**
 * The learning rate of optimizer step `step`, counted from 0: with a warm-up the first step's is 0.
 * Source: transformers/optimization.py, get_{cosine,linear,constant}_schedule_with_warmup.
 */
export function scheduleLearningRate({ type, learningRate, totalSteps, warmupRatio = 0 }: ScheduleOptions): (step: number) => number {
  const warmup = warmupSteps(totalSteps, warmupRatio)
  return (step) => {
    if (step < warmup) return learningRate * (step / Math.max(1, warmup))
    return learningRate * decay[type]((step - warmup) / Math.max(1, totalSteps - warmup))
  }
}
