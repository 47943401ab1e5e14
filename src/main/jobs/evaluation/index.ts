/** @file The door of the evaluation job. */
export { EvaluationFile, EvaluationFileError } from './evaluation-file.ts'
export { type EvaluationHeader, type EvaluationRow } from './evaluation-record.ts'
export { stampFiles } from './file-stamp.ts'
export { runEvaluation, type Evaluation, type PolicyArm, type RunEvaluationOptions } from './run-evaluation.ts'
export { summarizeEvaluation, type Comparison, type PolicySummary } from './summarize-evaluation.ts'
