/** @file How `--policy` is read. */
import { expect, test } from 'vitest'
import { parsePolicy } from './policy-argument.ts'

test.each([
  ['vanilla', { kind: 'vanilla' }],
  ['prompt-only', { kind: 'prompt-only' }],
  ['trigger', { kind: 'trigger' }],
  ['always', { kind: 'always' }],
  ['random:0.25', { kind: 'random', probability: 0.25 }],
  ['random:0.25/1', { kind: 'random', probability: 0.25, promptProbability: 1 }],
  ['schedule:0,12,30', { kind: 'schedule', steps: [0, 12, 30] }],
  ['candidates:0,2', { kind: 'candidates', ordinals: [0, 2] }],
])('the policy %s has its spelling, and no intervention', (text, policy) => {
  expect(parsePolicy(text)).toEqual({ policy, intervention: null })
})

test.each([
  ['always+zero', { kind: 'zero' }],
  ['always+mean', { kind: 'mean' }],
  ['always+scale:-0.5', { kind: 'scale', factor: -0.5 }],
  ['always+shuffle', { kind: 'shuffle' }],
  ['always+random-norm', { kind: 'random-norm' }],
  ['always+other', { kind: 'other' }],
  ['always+pause', { kind: 'pause', token: '.' }],
  ['always+pause::', { kind: 'pause', token: ':' }],
  ['always+pause:+', { kind: 'pause', token: '+' }],
  ['always+pause:#13', { kind: 'pause', token: 13 }],
])('the intervention of %s has its spelling', (text, intervention) => {
  expect(parsePolicy(text)).toEqual({ policy: { kind: 'always' }, intervention })
})

test('a policy with a parameter takes an intervention too', () => {
  expect(parsePolicy('random:0.5+zero')).toEqual({ policy: { kind: 'random', probability: 0.5 }, intervention: { kind: 'zero' } })
})

test.each(['sometimes', 'random', 'random:', 'random:2', 'random:a', 'random:0.5/', 'random:0.5/2', 'schedule', 'schedule:1,,2', 'schedule:-1', 'schedule:1.5', 'candidates', 'candidates:', 'candidates:0,-2', 'always:1', '+zero'])('%s is refused with what is expected', (text) => {
  expect(() => parsePolicy(text)).toThrow(/^--policy .*expected vanilla/)
})

test.each(['always+', 'always+freeze', 'always+scale', 'always+scale:x', 'always+zero:1', 'always+pause:', 'always+pause:#', 'always+pause:#x', 'always+pause:#-1'])('%s is refused with the interventions there are', (text) => {
  expect(() => parsePolicy(text)).toThrow(/^--policy .*expected zero, mean/)
})

test('vanilla takes no intervention', () => {
  expect(() => parsePolicy('vanilla+zero')).toThrow('no latents')
})
