/** @file KodCode: one completion, judged by the tests it passes. It does not know how Python is run. */
import type { CodeExecution } from '../../../shared/domain/task.ts'
import type { Environment } from '../task.ts'

/** Starts nothing before the first judgement. */
export function createKodcodeEnvironment({ execution }: { readonly execution: CodeExecution }): Environment {
  throw new Error(`internal: code cannot be judged yet (${execution})`)
}
