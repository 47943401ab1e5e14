/** @file The door of training: one run from its config to its last checkpoint. It knows neither the host nor the log. */
import type { TrainingConfig } from '../../../shared/domain/training.ts'
import type { TrainableParameters, TrainingEvent } from '../../../shared/domain/training-event.ts'

export interface TrainingCallbacks {
  /** In order; the last is 'finished', 'stopped' or 'failed'. */
  readonly onEvent: (event: TrainingEvent) => void
  /** Looked at after every step. */
  readonly signal: { readonly stopRequested: boolean; readonly pauseRequested: boolean }
}

/** Trains to the end, or until asked to halt; a state in `config.outputDirectory` is gone on from. */
export function runTraining(config: TrainingConfig, callbacks: TrainingCallbacks): Promise<void> {
  return Promise.reject(new Error(`internal: training ${config.stage} is not there yet (${typeof callbacks.onEvent})`))
}

/** What a run would train, without computing anything. */
export function describeTraining(config: TrainingConfig): Promise<TrainableParameters> {
  return Promise.reject(new Error(`internal: the parameters of stage ${config.stage} cannot be listed yet`))
}
