/**
 * @file How the reference's ratios cut one data file: the validation part, and of the rest the share that is trained on. It does
 * not cut anything.
 */
import { trainingDefaults } from '../../../shared/domain/training-defaults.ts'
import type { TrainingMethod, TrainingStage } from '../../../shared/domain/training.ts'
import type { Settings } from './settings.ts'

/**
 * KodCode's `train_ratio` 0.7 and `valid_ratio` 0.1 leave 0.2 to the test part: of the 0.9 that are not validation, 0.7 / 0.9 are
 * trained on. Stage trigger takes its third of that (memgen/runner.py).
 *
 * @returns fields of the config's dataset; none where the file gives no `train_ratio`
 */
export function findDatasetShares(settings: Settings, stage: TrainingStage, method: TrainingMethod): { trainShare?: number } {
  const ratio = (name: string): number | undefined => {
    const value = settings.get(`dataset.${method}.${name}`)?.value
    return typeof value === 'number' ? value : undefined
  }
  const train = ratio('train_ratio')
  if (train === undefined || settings.has('dataset.train_share')) return {}
  const validation = ratio('valid_ratio') ?? ratio('val_ratio') ?? trainingDefaults(stage, method).dataset.validationRatio
  // Decimal ratios rarely add up exactly: 0.9 / (1 - 0.1) is a whole file.
  return { trainShare: Math.min(1, train / (1 - validation)) * trainingDefaults(stage, method).dataset.trainShare }
}
