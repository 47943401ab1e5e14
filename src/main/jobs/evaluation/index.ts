/** @file The door of the evaluation job. */
export { ablationSetOf } from './ablation-set.ts'
export { EvaluationConflictError } from './errors.ts'
export { EvaluationRoom } from './evaluation-room.ts'
export { FileHashes } from './file-hashes.ts'
export { GridTextError, parseGrid, printGrid } from './grid-yaml.ts'
export { formatPolicyArm, interventionHelp, parsePolicyArm, PolicyArmError, policyHelp } from './policy-arm-text.ts'
export { type LoadTask } from './workshop.ts'
