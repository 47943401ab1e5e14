/** @file What a generation starts from. */
import { expect, test } from 'vitest'
import { type SampleContent, samplePrompt } from './sample.ts'

const user = { role: 'user', content: 'Two and two?' } as const
const assistant = { role: 'assistant', content: 'Four.' } as const

test.each<[SampleContent, unknown]>([
  [{ kind: 'conversation', messages: [user, assistant, user, assistant] }, { kind: 'messages', messages: [user, assistant, user] }],
  [{ kind: 'conversation', messages: [user, assistant, user] }, { kind: 'messages', messages: [user, assistant, user] }],
  [{ kind: 'instruction', prompt: [user], completion: [assistant] }, { kind: 'messages', messages: [user] }],
  [{ kind: 'text', prompt: 'Two', completion: ' and' }, { kind: 'text', text: 'Two' }],
])('the prompt of %j is what comes before the answer', (content, prompt) => {
  expect(samplePrompt({ content })).toEqual(prompt)
})
