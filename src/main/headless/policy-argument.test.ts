/** @file How `--policy` is read. */
import { expect, test } from 'vitest'
import { parsePolicy } from './policy-argument.ts'

test('every policy has its spelling', () => {
  expect(parsePolicy('vanilla')).toEqual({ kind: 'vanilla' })
  expect(parsePolicy('prompt-only')).toEqual({ kind: 'prompt-only' })
  expect(parsePolicy('trigger')).toEqual({ kind: 'trigger' })
  expect(parsePolicy('always')).toEqual({ kind: 'always' })
  expect(parsePolicy('random:0.25')).toEqual({ kind: 'random', probability: 0.25 })
  expect(parsePolicy('schedule:0,12,30')).toEqual({ kind: 'schedule', steps: [0, 12, 30] })
})

test.each(['sometimes', 'random', 'random:', 'random:2', 'random:a', 'schedule', 'schedule:1,,2', 'schedule:-1', 'schedule:1.5', 'always:1'])('%s is refused with what is expected', (text) => {
  expect(() => parsePolicy(text)).toThrow(/^--policy .*expected vanilla/)
})
