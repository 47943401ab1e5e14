/** @file Runs tests where the user allowed it and not elsewhere, a few at a time. It does not know how a program is shut in. */
import { availableParallelism } from 'node:os'
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
  const inTurn = limitConcurrency(Math.max(1, availableParallelism() - 1))
  return {
    async run(code, signal) {
      place ??= findPlace(execution).catch((error: unknown) => {
        place = null
        throw error
      })
      const found = await place
      return inTurn(() => runInside(found, code, { signal }))
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

/** A test is limited by time, so that too many at once would make each other fail. */
function limitConcurrency(limit: number): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0
  const waiting: (() => void)[] = []
  return async (work) => {
    if (running >= limit) await new Promise<void>((resolve) => waiting.push(resolve))
    else running++
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next === undefined) running--
      else next()
    }
  }
}
