/** @file Runs tests where the user allowed it and not elsewhere. It does not know how a program is shut in, nor how many run at a time. */
import type { CodeExecution } from '../../../shared/domain/task.ts'
import { findCage, type Place, runInside } from './protection.ts'
import { findPython } from './python.ts'
import type { TestOutcome } from './run-test.ts'
import { SandboxError } from './sandbox-error.ts'

export interface TestRunner {
  /** Rejects with a SandboxError where code may not or cannot run here, and with the signal's reason if it aborts. */
  run(code: string, signal: AbortSignal): Promise<TestOutcome>
}

/** Starts nothing before the first test. */
export function createTestRunner(execution: CodeExecution): TestRunner {
  let place: Promise<Place> | null = null
  return {
    async run(code, signal) {
      place ??= findPlace(execution).catch((error: unknown) => {
        place = null
        throw error
      })
      return runInside(await place, code, { signal })
    },
  }
}

async function findPlace(execution: CodeExecution): Promise<Place> {
  switch (execution) {
    case 'refused':
      throw new SandboxError('This would run code that a model wrote, which nobody allowed yet. Choose sandboxed in the task (codeExecution: sandboxed, or --code-execution sandboxed).')
    case 'sandboxed': {
      const python = await findPython()
      return { python, cage: await findCage(python) }
    }
    case 'unprotected':
      return { python: await findPython(), cage: null }
    default:
      return execution satisfies never
  }
}
