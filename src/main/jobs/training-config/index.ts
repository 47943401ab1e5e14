/** @file The entrance to reading training configurations. */
export { TrainingConfigError, type ConfigProblem } from './config-error.ts'
export { readTrainingConfig, type ReadTrainingConfig, type ReadTrainingConfigOptions, type TrainingConfigSources } from './read-training-config.ts'
