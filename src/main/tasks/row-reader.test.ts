/** @file Rows of every accepted shape are read, all others say what is wrong with them. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { RowMismatch } from './dataset-error.ts'
import { readRow } from './row-reader.ts'

const user = { role: 'user', content: 'Two and two?' }
const assistant = { role: 'assistant', content: 'Four.' }

describe('readRow', () => {
  test('reads a conversation', () => {
    expect(readRow({ messages: [user, assistant], id: 'a', solution: '4', other: 1 })).toEqual({
      id: 'a',
      content: { kind: 'conversation', messages: [user, assistant] },
      solution: '4',
      answers: [],
    })
  })

  test('reads prompt and completion as messages or as text, with or without a completion', () => {
    expect(readRow({ prompt: [user], completion: [assistant] }).content).toEqual({ kind: 'instruction', prompt: [user], completion: [assistant] })
    expect(readRow({ prompt: [user], completion: null }).content).toEqual({ kind: 'instruction', prompt: [user], completion: null })
    expect(readRow({ prompt: 'Two', completion: ' and two' }).content).toEqual({ kind: 'text', prompt: 'Two', completion: ' and two' })
    expect(readRow({ prompt: 'Two' }).content).toEqual({ kind: 'text', prompt: 'Two', completion: null })
  })

  test('takes a single answer for the solution where there is none', () => {
    expect(readRow({ prompt: 'p', answer: '4' })).toMatchObject({ solution: '4', answers: ['4'] })
    expect(readRow({ prompt: 'p', answer: '4', solution: String.raw`\boxed{4}` })).toMatchObject({ solution: String.raw`\boxed{4}`, answers: ['4'] })
    expect(readRow({ prompt: 'p', answer: ['Paris', 'paris'] })).toMatchObject({ solution: null, answers: ['Paris', 'paris'] })
  })

  test('takes whole numbers for ids', () => {
    expect([7, 7n, '7'].map((id) => readRow({ prompt: 'p', id }).id)).toEqual(['7', '7', '7'])
    expect(readRow({ prompt: 'p', id: null }).id).toBeNull()
  })

  test('takes a missing content for an empty one, as of an assistant that only calls a tool', () => {
    expect(readRow({ messages: [user, { role: 'assistant', content: null }] }).content).toMatchObject({ messages: [user, { role: 'assistant', content: '' }] })
  })

  test.each([
    [[], null, 'an object', 'a list'],
    ['text', null, 'an object', '"text"'],
    [{}, null, 'messages, or prompt and completion', 'an empty row'],
    [{ text: 'x' }, null, 'messages, or prompt and completion', 'a row of "text"'],
    [{ solution: '4' }, null, 'messages, or prompt and completion', 'a row of "solution"'],
    [{ messages: [user], prompt: 'p' }, null, 'either messages or prompt and completion', 'both'],
    [{ messages: 'hello' }, 'messages', 'a list of messages', '"hello"'],
    [{ messages: [] }, 'messages', 'at least one message', 'an empty list'],
    [{ messages: [assistant] }, 'messages', 'a message that the assistant answers', 'only the assistant'],
    [{ messages: [user, 7] }, 'messages.1', 'a message with role and content', 'the number 7'],
    [{ messages: [{ role: 'human', content: 'x' }] }, 'messages.0.role', 'system, user, assistant, tool', '"human"'],
    [{ messages: [{ content: 'x' }] }, 'messages.0.role', 'system, user, assistant, tool', 'nothing'],
    [{ messages: [{ role: 'user', content: [{ type: 'text' }] }] }, 'messages.0.content', 'text', 'a list'],
    [{ prompt: 7 }, 'prompt', 'text or a list of messages', 'the number 7'],
    [{ prompt: '' }, 'prompt', 'text', 'an empty text'],
    [{ prompt: 'p', completion: [assistant] }, 'completion', 'text like the prompt', 'a list'],
    [{ prompt: [user], completion: 'c' }, 'completion', 'a list of messages like the prompt', '"c"'],
    [{ prompt: 'p', solution: 4 }, 'solution', 'text', 'the number 4'],
    [{ prompt: 'p', answer: { value: 4 } }, 'answer', 'text or a list of texts', 'an object'],
    [{ prompt: 'p', answer: ['4', 4] }, 'answer.1', 'text', 'the number 4'],
    [{ prompt: 'p', id: 0.5 }, 'id', 'text or a whole number', 'the number 0.5'],
    [{ prompt: 'p', id: '' }, 'id', 'text or a whole number', 'an empty text'],
    [{ prompt: true }, 'prompt', 'text or a list of messages', 'the boolean true'],
    [{ messages: 'x'.repeat(100) }, 'messages', 'a list of messages', `"${'x'.repeat(60)}…"`],
  ])('refuses %j', (row, field, expected, found) => {
    const error = catchMismatch(row)
    expect({ field: error?.field, expected: error?.expected, found: error?.found }).toEqual({ field, expected, found })
  })

  test('reads or refuses any value', () => {
    const field = fc.oneof(fc.anything(), fc.array(fc.record({ role: fc.constantFrom('user', 'assistant', 'x'), content: fc.anything() })))
    const row = fc.record({ id: field, messages: field, prompt: field, completion: field, solution: field, answer: field }, { requiredKeys: [] })
    fc.assert(fc.property(fc.oneof(row, fc.anything()), (value) => void catchMismatch(value)))
  })
})

function catchMismatch(value: unknown): RowMismatch | undefined {
  try {
    readRow(value)
    return undefined
  } catch (error) {
    if (error instanceof RowMismatch) return error
    throw error
  }
}
