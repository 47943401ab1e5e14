/** @file KodCode's verdicts from what a runner reports. Real Python is in test/process. */
import { describe, expect, test } from 'vitest'
import type { TaskSample } from '../../../shared/domain/task.ts'
import { SandboxError, type TestOutcome } from '../sandbox/index.ts'
import { createKodcodeEnvironment } from './kodcode.ts'

const tests = 'import pytest\nfrom solution import add\n\ndef test_add():\n    assert add(1, 2) == 3'
const sample: TaskSample = {
  id: 'k1',
  origin: 'train.jsonl, line 1',
  domain: null,
  prompt: { kind: 'messages', messages: [{ role: 'user', content: 'Add.' }] },
  solution: 'def add(a, b): return a + b',
  answers: [],
  extra: { tests, functionName: 'add' },
}
const answer = { text: 'Sure:\n```python\ndef plus(a, b):\n    return a + b\n```', observation: null }
const { signal } = new AbortController()

function createFake(outcome: TestOutcome | Error) {
  const programs: string[] = []
  const runner = {
    run: (code: string) => {
      programs.push(code)
      return outcome instanceof Error ? Promise.reject(outcome) : Promise.resolve(outcome)
    },
  }
  return { programs, environment: createKodcodeEnvironment({ execution: 'sandboxed', runner }) }
}

describe('createKodcodeEnvironment', () => {
  test('asks once, with the sample as it stands', async () => {
    const { environment } = createFake({ kind: 'passed' })
    expect(environment.set(sample)).toBe(sample.prompt)
    const tools = { truncate: () => Promise.reject(new Error('internal: not asked for')), signal }
    expect(await environment.step(sample, [], 'text', tools)).toEqual({ text: 'text', next: null })
  })

  test('runs the renamed function with the tests that no longer import it', async () => {
    const { environment, programs } = createFake({ kind: 'passed' })
    const judgement = await environment.reward(sample, [answer], signal)
    expect(judgement).toEqual({ reward: 1, error: null, extracted: 'def add(a, b):\n    return a + b', expected: `${tests}\n\n# passed` })
    expect(programs).toEqual(['def add(a, b):\n    return a + b\nimport pytest\ndef test_add():\n    assert add(1, 2) == 3'])
  })

  test('a test that fails is 0, and whoever audits it sees why', async () => {
    const { environment } = createFake({ kind: 'failed', reason: 'AssertionError: two\nlines', missingModule: null })
    expect(await environment.reward(sample, [answer], signal)).toMatchObject({ reward: 0, error: null, expected: `${tests}\n\n# failed: AssertionError: two\n# lines` })
  })

  test('a completion without code is tested like any other', async () => {
    const { environment } = createFake({ kind: 'failed', reason: "NameError: name 'add' is not defined", missingModule: null })
    expect(await environment.reward(sample, [{ text: 'I cannot.', observation: null }], signal)).toMatchObject({ reward: 0, extracted: null })
    expect(await environment.reward(sample, [], signal)).toMatchObject({ reward: 0, extracted: null })
  })

  test('a package that the tests need and this machine lacks is nobody\'s failure', async () => {
    const lacksPytest = createFake({ kind: 'failed', reason: "ModuleNotFoundError: No module named 'pytest'", missingModule: 'pytest' })
    const judgement = await lacksPytest.environment.reward(sample, [answer], signal)
    expect(judgement.reward).toBeNull()
    expect(judgement.error).toContain('Python package pytest')
    const invented = createFake({ kind: 'failed', reason: "ModuleNotFoundError: No module named 'nothing_here'", missingModule: 'nothing_here' })
    expect(await invented.environment.reward(sample, [answer], signal)).toMatchObject({ reward: 0, error: null })
  })

  test('what keeps the code from running is an error with the sample and the reason, never a 0', async () => {
    const unstarted = createFake({ kind: 'not started', reason: 'bwrap: no' })
    expect(await unstarted.environment.reward(sample, [answer], signal)).toMatchObject({ reward: null, error: 'The test could not be started: bwrap: no' })
    const refusing = createFake(new SandboxError('not allowed'))
    expect(await refusing.environment.reward(sample, [answer], signal)).toMatchObject({ reward: null, error: 'sample k1: not allowed' })
    const { environment } = createFake({ kind: 'passed' })
    const judgement = await environment.reward({ ...sample, extra: {} }, [answer], signal)
    expect(judgement.reward).toBeNull()
    expect(judgement.error).toContain('tests')
  })

  test('code is refused until somebody allows it, in words that say how', async () => {
    const judgement = await createKodcodeEnvironment({ execution: 'refused' }).reward(sample, [answer], signal)
    expect(judgement.reward).toBeNull()
    expect(judgement.error).toContain('codeExecution')
  })
})
