/** @file The room's door: long work that can be stopped and taken up again. It does not know who started it or who watches. */
export {
  ablationSetOf,
  EvaluationConflictError,
  EvaluationRoom,
  type EvaluationRoomOptions,
  type EvaluationRoomParts,
  exactPolicyArm,
  FileHashes,
  formatMemoryName,
  formatPolicyArm,
  GridTextError,
  interventionHelp,
  type LoadTask,
  type MemorySizes,
  type ParsedRunName,
  parseGrid,
  parsePolicyArm,
  parseRunName,
  PolicyArmError,
  policyHelp,
  printGrid,
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
