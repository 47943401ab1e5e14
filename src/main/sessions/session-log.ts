/** @file What sessions need of the experiment log; src/main/log offers it over SQLite, memory-log.ts without a file. */
import type { ExperimentLog } from '../log/index.ts'

export type SessionLog = Pick<ExperimentLog, 'createTrace' | 'commitSteps' | 'finishTrace' | 'stampTrace' | 'getTraceHeader' | 'getTrace' | 'stepsFrom' | 'saveDonatedLatents' | 'donatedLatentsOf'>
