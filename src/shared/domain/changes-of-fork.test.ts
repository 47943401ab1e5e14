/** @file How changes add up along a branch. */
import { expect, test } from 'vitest'
import type { AppliedChange, TraceChange } from './branch.ts'
import { changesOfFork } from './changes-of-fork.ts'
import { runConfigSchema } from './run-config.ts'

const at = (stepIndex: number, change: TraceChange): AppliedChange => ({ stepIndex, change })
const insert: TraceChange = { kind: 'decision', decision: 1 }
const decline: TraceChange = { kind: 'decision', decision: 0 }
const zeroed: TraceChange = { kind: 'latents', edit: { kind: 'zero' } }
const scaled: TraceChange = { kind: 'latents', edit: { kind: 'scale', factor: 2 } }
const tokens = (...tokenIds: number[]): TraceChange => ({ kind: 'tokens', tokenIds, text: 'typed' })
const config: TraceChange = { kind: 'config', config: runConfigSchema.parse({ seed: 7 }) }

test('changes before the fork hold, later ones are left behind', () => {
  expect(changesOfFork([at(2, insert), at(5, decline), at(8, config)], at(5, config))).toEqual([at(2, insert), at(5, decline), at(5, config)])
  expect(changesOfFork([at(8, insert)], at(5, { kind: 'none' }))).toEqual([at(5, { kind: 'none' })])
})

test('an insertion can be forced, its latents edited and the token replaced at one step', () => {
  const forced = changesOfFork([], at(4, insert))
  const edited = changesOfFork(forced, at(4, zeroed))
  expect(changesOfFork(edited, at(4, tokens(9)))).toEqual([at(4, insert), at(4, zeroed), at(4, tokens(9))])
})

test('a change takes the place of one of its kind at the same step, and of one it contradicts', () => {
  expect(changesOfFork([at(4, insert)], at(4, decline))).toEqual([at(4, decline)])
  expect(changesOfFork([at(4, zeroed)], at(4, scaled))).toEqual([at(4, scaled)])
  expect(changesOfFork([at(4, insert), at(4, zeroed)], at(4, decline))).toEqual([at(4, decline)])
  expect(changesOfFork([at(4, decline), at(4, config)], at(4, zeroed))).toEqual([at(4, config), at(4, zeroed)])
  expect(changesOfFork([at(4, { kind: 'none' })], at(4, insert))).toEqual([at(4, insert)])
})

test('the same kinds at different steps all hold', () => {
  expect(changesOfFork([at(1, zeroed), at(2, decline)], at(4, zeroed))).toEqual([at(1, zeroed), at(2, decline), at(4, zeroed)])
})

test('forced tokens that reach past the fork end where others are forced, and go on otherwise', () => {
  expect(changesOfFork([at(3, tokens(1, 2, 3))], at(4, tokens(9)))).toEqual([at(3, tokens(1)), at(4, tokens(9))])
  expect(changesOfFork([at(3, tokens(1, 2, 3))], at(4, insert))).toEqual([at(3, tokens(1, 2, 3)), at(4, insert)])
})
