import { describe, expect, it } from 'vitest'
import { sampleRun } from '../../../test/support/sample-run.ts'
import { compileCondition, compileExpression, ExpressionError, namesOf, type ExpressionValue } from '../debugging/index.ts'
import { runVocabulary } from './run-vocabulary.ts'

const DAY_MS = 86_400_000
const createdAt = Date.parse('2026-11-20T12:00:00Z')
const run = sampleRun({ createdAt, tags: ['paper', 'v2'], isStarred: true, total: 50, totals: { done: 40, judged: 40, right: 30, rewardSum: 32, tokens: 4000, promptInsertions: 40, inferenceInsertions: 60, elapsedMs: 10_000 } })

function valueOf(source: string): ExpressionValue {
  return compileExpression(source, runVocabulary).evaluate({ run, now: createdAt + 3 * DAY_MS })
}

it('knows what computed a run that has begun', () => {
  const begun = sampleRun({ computedWith: { commit: '0123456789abcdef', device: 'cpu', precision: 'f32' } })
  expect(compileExpression('device == "cpu" && precision == "f32" && commit == "0123456"', runVocabulary).evaluate({ run: begun, now: createdAt })).toBe(true)
})

function messageOf(source: string): string {
  try {
    compileCondition(source, runVocabulary)
  } catch (error) {
    if (error instanceof ExpressionError) return error.message
    throw error
  }
  throw new Error(`${source} compiles`)
}

describe('an expression over a run', () => {
  it.each<[string, ExpressionValue]>([
    ['task == "gsm8k" && policy == "trigger" && status == "finished"', true],
    ['hasTag("paper") && !hasTag("draft") && starred && !trashed', true],
    ['reward', 0.8],
    ['insertions', 2.5],
    ['tokens', 100],
    ['tokensPerSecond', 400],
    ['done', 0.8],
    ['age', 3],
    ['createdAt > date("2026-11-20") && createdAt < date("2026-11-21")', true],
    ['date("yesterday")', null],
    ['intervention == null && probability == null', true],
    ['contains(name, "gsm8k")', true],
    ['device == null && precision == null && commit == null', true],
    ['accuracy.low < accuracy && accuracy < accuracy.high', true],
  ])('%s is %j', (source, value) => {
    expect(valueOf(source)).toBe(value)
  })

  it('may use every name that is offered, and each has a meaning', () => {
    const names = namesOf(runVocabulary)
    for (const { kind, name, meaning } of names) {
      expect(meaning).not.toBe('')
      if (kind === 'variable') expect(valueOf(`${name} == null`)).toBeTypeOf('boolean')
    }
    expect(new Set(names.map(({ name }) => name)).size).toBe(names.length)
  })

  it('names the nearest name of its own, not of the debugger’s', () => {
    expect(messageOf('acuracy > 0.5')).toBe('There is no acuracy; did you mean accuracy?')
    expect(messageOf('hastag("x")')).toBe('There is no hastag; did you mean hasTag?')
    expect(messageOf('pInvoke > 0.5')).toBe('There is no pInvoke')
    expect(messageOf('seed')).toMatch(/^A condition is true or false/)
  })
})
