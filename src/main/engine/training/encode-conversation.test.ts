/** @file Which conversations become rows; that ids and labels are the reference's is shown in test/golden. */
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { ChatMessage } from '../../../shared/domain/chat.ts'
import { openTokenizer, type Tokenizer } from '../tokenization/tokenizer.ts'
import { encodeConversation, encodeConversations } from './encode-conversation.ts'
import { TrainingRowError } from './supervised-rows.ts'

const tokenizer = openTokenizer(join(import.meta.dirname, '../../../../test/golden/qwen2/base'))

function exchange(answer: string): ChatMessage[] {
  return [
    { role: 'user', content: 'How many?' },
    { role: 'assistant', content: answer },
  ]
}

test('the assistant’s whole message is labelled, header and end included, and nothing else', () => {
  const { ids, labels } = encodeConversation(tokenizer, exchange('Seven.'))
  const learnt = ids.filter((_, index) => labels[index] !== -100)
  expect(tokenizer.decode(learnt)).toBe('<|im_start|>assistant\nSeven.<|im_end|>\n')
  expect(labels.filter((label) => label !== -100)).toEqual(learnt)
})

test('what cannot be trained on is listed with its place and reason, and the rest is encoded', () => {
  const conversations = [exchange('One.'), exchange('a much longer answer '.repeat(9)), [{ role: 'user' as const, content: 'Hi' }]]
  const { rows, dropped } = encodeConversations(tokenizer, conversations, { maxLength: 60 })
  expect(rows.map(({ index }) => index)).toEqual([0])
  expect(dropped).toMatchObject([
    { index: 1, reason: 'too-long' },
    { index: 2, reason: 'no-assistant-message' },
  ])
  expect(dropped[0]?.length).toBeGreaterThan(60)
})

test('a row of exactly the longest length is kept', () => {
  const { length } = encodeConversation(tokenizer, exchange('One.')).ids
  expect(encodeConversations(tokenizer, [exchange('One.')], { maxLength: length }).dropped).toEqual([])
  expect(encodeConversations(tokenizer, [exchange('One.')], { maxLength: length - 1 }).dropped).toMatchObject([{ length }])
})

test('a tokenizer that joins messages is refused rather than labelled wrongly', () => {
  const joining: Tokenizer = { ...tokenizer, encode: (text) => tokenizer.encode(text.replace('\n<|im_start|>assistant', '~')) }
  expect(() => encodeConversation(joining, exchange('One.'))).toThrow(TrainingRowError)
})
