/**
 * @file KodCode: one completion, judged by whether its function passes the sample's tests (docs/REFERENCE.md 11). It does not know how Python
 * is run.
 *
 * A sample's tests are one text, and the reference runs that text as one test of 5 s: the share of tests passed is 0 or 1, and 1 only where
 * every test function raises nothing.
 *
 * Differences: where the tests import a package that this machine lacks (often pytest), the reference finds every completion wrong; here the
 * sample cannot be judged, and the error names the package.
 */
import type { CodeExecution, Judgement } from '../../../shared/domain/task.ts'
import { messageOf } from '../../../shared/message-of.ts'
import { kodcodeExtraSchema } from '../definitions/kodcode.ts'
import { strip } from '../python-text.ts'
import { extractPythonCode, importedModules, renameFirstFunction, testModule } from '../rewards/python-code.ts'
import { createTestRunner, type TestOutcome, type TestRunner } from '../sandbox/index.ts'
import type { Environment } from '../task.ts'

export interface KodcodeOptions {
  readonly execution: CodeExecution
  /** @default one that runs Python on this machine as `execution` allows */
  readonly runner?: TestRunner
}

/** Starts nothing before the first judgement. */
export function createKodcodeEnvironment({ execution, runner = createTestRunner(execution) }: KodcodeOptions): Environment {
  return {
    maxTurns: 1,
    set: (sample) => sample.prompt,
    step: (_sample, _turns, text) => Promise.resolve({ text, next: null }),
    async reward(sample, turns, signal) {
      const completion = strip(turns.at(-1)?.text ?? '')
      try {
        const { tests, functionName } = kodcodeExtraSchema.parse(sample.extra)
        const code = renameFirstFunction(extractPythonCode(completion).join('\n'), functionName)
        return judge(code, tests, await runner.run(testModule(code, tests), signal))
      } catch (error) {
        return { reward: null, error: `sample ${sample.id}: ${messageOf(error)}`, extracted: null, expected: null }
      }
    },
    close: () => Promise.resolve(),
  }
}

/** `expected` is the tests with their outcome as a comment, for whoever audits the verdict. */
function judge(code: string, tests: string, outcome: TestOutcome): Judgement {
  const judged = (reward: number | null, error: string | null, comment: string): Judgement => ({
    reward,
    error,
    extracted: code === '' ? null : code,
    expected: `${tests}\n\n# ${comment.replaceAll('\n', '\n# ')}`,
  })
  switch (outcome.kind) {
    case 'passed':
      return judged(1, null, 'passed')
    case 'failed': {
      const missing = outcome.missingModule?.split('.')[0]
      if (missing === undefined || !importedModules(tests).has(missing)) return judged(0, null, `failed: ${outcome.reason}`)
      return judged(null, `The tests need the Python package ${missing}, which is not installed here (${outcome.reason}).`, 'not run')
    }
    case 'not started':
      return judged(null, `The test could not be started: ${outcome.reason}`, 'not run')
    default:
      return outcome satisfies never
  }
}
