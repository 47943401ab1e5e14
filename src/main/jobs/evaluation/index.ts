/** @file The door of the evaluation job. */
export { ablationSetOf } from './ablation-set.ts'
export { EvaluationConflictError } from './errors.ts'
export { EvaluationRoom, type EvaluationRoomOptions, type EvaluationRoomParts } from './evaluation-room.ts'
export { FileHashes } from './file-hashes.ts'
export { GridTextError, parseGrid, printGrid } from './grid-yaml.ts'
export { formatMemoryName, type MemorySizes, type ParsedRunName, parseRunName } from './memory-name.ts'
export { exactPolicyArm, formatPolicyArm, interventionHelp, parsePolicyArm, PolicyArmError, policyHelp } from './policy-arm-text.ts'
export { type LoadTask } from './workshop.ts'
