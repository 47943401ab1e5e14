import { expect, it } from 'vitest'
import type { SavedPrompt } from '../../../shared/domain/saved-prompt.ts'
import { searchPrompts } from './prompts.ts'

const maps: SavedPrompt = { id: '1', title: 'Maps', prompt: { kind: 'messages', messages: [{ role: 'user', content: 'Where is the tower?' }] }, reference: 'north', createdAt: 0 }
const raw: SavedPrompt = { id: '2', title: 'Raw', prompt: { kind: 'text', text: 'Once upon' }, reference: null, createdAt: 0 }

it('finds kept prompts by every word of title, text and answer', () => {
  expect(searchPrompts([maps, raw], 'tower maps')).toEqual([maps])
  expect(searchPrompts([maps, raw], 'NORTH')).toEqual([maps])
  expect(searchPrompts([maps, raw], 'upon tower')).toEqual([])
  expect(searchPrompts([maps, raw], ' ')).toEqual([maps, raw])
})
