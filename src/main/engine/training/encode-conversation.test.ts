/** @file What of a conversation is labelled; that ids and labels are the reference's is shown in test/golden. */
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { ChatMessage } from '../../../shared/domain/chat.ts'
import { openTokenizer, type Tokenizer } from '../tokenization/tokenizer.ts'
import { encodeConversation } from './encode-conversation.ts'
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

test('a tokenizer that joins messages is refused rather than labelled wrongly', () => {
  const joining: Tokenizer = { ...tokenizer, encode: (text) => tokenizer.encode(text.replace('\n<|im_start|>assistant', '~')) }
  expect(() => encodeConversation(joining, exchange('One.'))).toThrow(TrainingRowError)
})
