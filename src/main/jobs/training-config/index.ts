/** @file The entrance to reading training configurations. It starts no run. */
export { TrainingConfigError } from './config-error.ts'
export { readTrainingConfig, type ReadTrainingConfig, type ReadTrainingConfigOptions } from './read-training-config.ts'
export { readOptionSettings } from './settings.ts'
