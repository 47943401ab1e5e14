/** @file The room's door: long work that can be stopped and taken up again. It does not know who started it or who watches. */
export {
  type Comparison,
  type Evaluation,
  EvaluationFile,
  EvaluationFileError,
  type EvaluationHeader,
  type EvaluationRow,
  type PolicyArm,
  type PolicySummary,
  runEvaluation,
  type RunEvaluationOptions,
  stampFiles,
  summarizeEvaluation,
} from './evaluation/index.ts'
export { SweepNotFoundError, SweepRoom, type SweepRoomOptions, type SweepRoomParts } from './sweep/index.ts'
export { OutputDirectoryTakenError, TrainingRoom, type TrainingRoomOptions, type TrainingRoomParts, TrainingRunNotFoundError, TrainingStateError } from './training/index.ts'
export {
  type ConfigProblem,
  readTrainingConfig,
  type ReadTrainingConfig,
  type ReadTrainingConfigOptions,
  TrainingConfigError,
  type TrainingConfigSources,
} from './training-config/index.ts'
