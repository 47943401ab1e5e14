/** @file Prompts are ChatML turns, whatever the messages say. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { chatMessageSchema } from '../../../shared/domain/chat.ts'
import { renderConversation } from './chat-template.ts'

const role = fc.constantFrom('system', 'user', 'assistant', 'tool')

test('every message stands in its own turn, untrimmed, a tool speaking as the user', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ role, content: fc.string() })), fc.boolean(), (messages, addGenerationPrompt) => {
      const turns = messages.map(({ role, content }) => `<|im_start|>${role === 'tool' ? 'user' : role}\n${content}<|im_end|>\n`)
      const expected = turns.join('') + (addGenerationPrompt ? '<|im_start|>assistant\n' : '')
      expect(renderConversation(messages, { addGenerationPrompt })).toBe(expected)
    }),
  )
})

test('content that is not text renders as nothing, parsed or not', () => {
  for (const content of [null, 3, undefined, [{ type: 'text', text: 'a' }]]) {
    const rendered = renderConversation([{ role: 'user', content }], { addGenerationPrompt: false })
    expect(rendered).toBe('<|im_start|>user\n<|im_end|>\n')
    expect(chatMessageSchema.parse({ role: 'user', content })).toEqual({ role: 'user', content: '' })
  }
})

test('template syntax in the content stays text', () => {
  const rendered = renderConversation([{ role: 'user', content: '{{ 1 + 1 }}{% endfor %}' }], { addGenerationPrompt: false })
  expect(rendered).toBe('<|im_start|>user\n{{ 1 + 1 }}{% endfor %}<|im_end|>\n')
})
