/** @file Segments, insertion points and labels of rows written as ids; the reference's own rows are in test/golden. */
import { expect, test } from 'vitest'
import type { DelimiterGate } from '../tokenization/delimiter-gate.ts'
import { seededStream } from './seeded-stream.ts'
import { detectRowMode, IGNORED_LABEL, ignoreAssistantHeaders, supervisedPasses, TrainingRowError, type LabelledRow, type PassOptions } from './supervised-rows.ts'

const START = 90
const ASSISTANT = 91
const NEWLINE = 92
const DELIMITER = 7
const marks = { opening: [START, ASSISTANT], header: [START, ASSISTANT, NEWLINE] }
const gate: DelimiterGate = (ids) => ({ candidate: ids.at(-1) === DELIMITER, reason: null, delimiter: null })
const options: PassOptions = { mode: 'instruction', marks, gate, maxInferenceAugNum: 2, maxPromptAugNum: 4 }
const conversation: PassOptions = { ...options, mode: 'conversation' }

/** A row of turns; assistant turns are labelled with their header. */
function rowOf(...turns: readonly { readonly says: readonly number[]; readonly isAssistant?: boolean }[]): LabelledRow {
  const ids = turns.map(({ says, isAssistant }) => (isAssistant === true ? [...marks.header, ...says] : says))
  const labels = ids.map((own, index) => (turns[index]?.isAssistant === true ? own : own.map(() => -100)))
  return { ids: ids.flat(), labels: labels.flat() }
}

const user = { says: [1, DELIMITER] }

test('one opening makes an instruction, several make a conversation', () => {
  expect(detectRowMode([1, START, ASSISTANT, 2], marks)).toBe('instruction')
  expect(detectRowMode([START, ASSISTANT, 2, START, ASSISTANT], marks)).toBe('conversation')
  expect(detectRowMode([START], marks)).toBe('instruction')
})

test('headers lose their labels wherever they stand', () => {
  const row = rowOf(user, { says: [3], isAssistant: true }, { says: [4], isAssistant: true })
  expect(ignoreAssistantHeaders(row, marks)).toEqual([-100, -100, -100, -100, -100, 3, -100, -100, -100, 4])
})

test('an instruction has the prompt’s latents before its answer and more after delimiters, up to the limit', () => {
  const answer = [DELIMITER, 3, DELIMITER, DELIMITER, 4]
  const [pass, ...others] = supervisedPasses(rowOf(user, { says: answer, isAssistant: true }), options)
  expect(others).toEqual([])
  expect(pass?.insertions).toEqual([
    { tokenIndex: 5, kind: 'prompt' },
    { tokenIndex: 6, kind: 'inference' },
    { tokenIndex: 8, kind: 'inference' },
  ])
  expect(pass?.targets).toEqual(answer.map((label, offset) => ({ position: 5 + offset, label })))
})

test('a delimiter that ends the answer is no insertion point, and what follows the answer is left out', () => {
  const [pass] = supervisedPasses(rowOf(user, { says: [3, DELIMITER], isAssistant: true }, user), options)
  expect(pass?.insertions).toEqual([{ tokenIndex: 5, kind: 'prompt' }])
  expect(pass?.ids).toHaveLength(7)
})

test('with a limit of 0 only the prompt gets latents', () => {
  const [pass] = supervisedPasses(rowOf(user, { says: [DELIMITER, 3], isAssistant: true }), { ...options, maxInferenceAugNum: 0 })
  expect(pass?.insertions).toEqual([{ tokenIndex: 5, kind: 'prompt' }])
})

test('each turn of a conversation is a pass over all before it, supervised in that turn only', () => {
  const row = rowOf(user, { says: [3, DELIMITER, 4], isAssistant: true }, user, { says: [5], isAssistant: true })
  const passes = supervisedPasses(row, conversation)
  expect(passes.map(({ ids }) => ids.length)).toEqual([8, 14])
  expect(passes.map(({ insertions }) => insertions.map(({ tokenIndex }) => tokenIndex))).toEqual([[5, 7], [13]])
  expect(passes.map(({ targets }) => targets.map(({ label }) => label))).toEqual([[3, DELIMITER, 4], [5]])
  const supervised = ignoreAssistantHeaders(row, marks).flatMap((label, position) => (label === IGNORED_LABEL ? [] : [{ position, label }]))
  expect(passes.flatMap(({ targets }) => targets)).toEqual(supervised)
})

test('of too many turns some are drawn, in order, and the same seed draws the same', () => {
  const turns = Array.from({ length: 6 }, (_, index) => [user, { says: [20 + index], isAssistant: true }]).flat()
  const row = rowOf(...turns)
  function draw(seed: number): number[] {
    const passes = supervisedPasses(row, { ...conversation, random: seededStream(seed, 'test') })
    return passes.map(({ targets }) => targets[0]!.label)
  }
  expect(draw(1)).toHaveLength(4)
  expect(draw(1)).toEqual(draw(1).toSorted())
  expect(draw(1)).toEqual(draw(1))
  expect(new Set([1, 2, 3, 4, 5, 6].map((seed) => draw(seed).join()))).not.toHaveLength(1)
})

test('rows that the reference refuses are refused', () => {
  const twice = rowOf(user, { says: [3], isAssistant: true }, user, { says: [5], isAssistant: true })
  expect(() => supervisedPasses(twice, options)).toThrow(TrainingRowError)
  expect(() => supervisedPasses(rowOf(user), options)).toThrow('expected one supervised segment in an instruction row, found 0')
  expect(() => supervisedPasses({ ids: [1], labels: [1] }, conversation)).toThrow('expected a prompt before the first supervised token')
})

test('a conversation without supervised tokens has no pass', () => {
  expect(supervisedPasses(rowOf(user), conversation)).toEqual([])
})
