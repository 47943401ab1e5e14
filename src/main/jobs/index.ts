/** @file The room's door: long work that can be stopped and taken up again. It does not know who started it or who watches. */
export {
  ablationSetOf,
  EvaluationConflictError,
  EvaluationRoom,
  FileHashes,
  formatPolicyArm,
  GridTextError,
  interventionHelp,
  type LoadTask,
  parseGrid,
  parsePolicyArm,
  PolicyArmError,
  policyHelp,
  printGrid,
  type RunChange,
  shownRun,
} from './evaluation/index.ts'
export { SweepNotFoundError, SweepRoom } from './sweep/index.ts'
export { OutputDirectoryTakenError, TrainingRoom, type TrainingRoomOptions, TrainingRunNotFoundError, TrainingStateError } from './training/index.ts'
export { readOptionSettings, readTrainingConfig, type ReadTrainingConfig, type ReadTrainingConfigOptions, TrainingConfigError } from './training-config/index.ts'
