/** @file The room's door: the experiment log in SQLite. It does not know the engine, the server or the views. */
export { LogRowError, LogUnavailableError, type LogUnavailableReason, TraceConflictError, TrainingConflictError } from './errors.ts'
export type { ExperimentLog, RecordedStep, TracePage, TraceQuery } from './experiment-log.ts'
export { openLog, type OpenLogOptions } from './open-log.ts'
export { MAX_SEARCH_LENGTH } from './read-traces.ts'
export type { NewTrace } from './rows/trace-row.ts'
export type { PromptLibrary } from './saved-prompts.ts'
export type { NewSweep, SweepChanges, SweepLog } from './sweep-log.ts'
export type { NewTrainingRun, RecordedTrainingRun, TrainingLog } from './training-log.ts'
