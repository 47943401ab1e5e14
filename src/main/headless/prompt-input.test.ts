/** @file How a prompt is read from arguments and files. */
import { expect, test } from 'vitest'
import { parseMessages, readPrompt } from './prompt-input.ts'

const noStdin = (): Promise<string> => Promise.reject(new Error('standard input was not asked for'))

test('text becomes a conversation of one user message, after the system message', async () => {
  expect(await readPrompt({ prompt: 'hi', system: 'be brief' }, noStdin)).toEqual({
    kind: 'messages',
    messages: [
      { role: 'system', content: 'be brief' },
      { role: 'user', content: 'hi' },
    ],
  })
})

test('raw text stays as it is, also from standard input', async () => {
  expect(await readPrompt({ promptFile: '-', raw: true }, async () => '<|im_start|>x\n')).toEqual({ kind: 'text', text: '<|im_start|>x\n' })
})

test.each([{}, { prompt: 'a', promptFile: 'b' }, { prompt: 'a', raw: true, system: 's' }])('%o contradicts itself and is refused', async (options) => {
  await expect(readPrompt(options, noStdin)).rejects.toMatchObject({ name: 'UsageError' })
})

test('messages are read from an array, an object, and lines', () => {
  const messages = [
    { role: 'user', content: 'a' },
    { role: 'assistant', content: 'b' },
  ]
  expect(parseMessages('m.json', JSON.stringify(messages))).toEqual(messages)
  expect(parseMessages('m.json', JSON.stringify({ messages }, null, 2))).toEqual(messages)
  expect(parseMessages('m.jsonl', messages.map((message) => JSON.stringify(message)).join('\n'))).toEqual(messages)
  expect(parseMessages('m.jsonl', JSON.stringify(messages[0]))).toEqual([messages[0]])
})

test('a bad line is named', () => {
  expect(() => parseMessages('m.jsonl', '{"role":"user","content":"a"}\n{"role"')).toThrow('m.jsonl, line 2: this is not JSON')
  expect(() => parseMessages('m.json', '[{"role":"owner","content":"a"}]')).toThrow(/^m\.json: expected messages/)
})
