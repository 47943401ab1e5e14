import { expect, it } from 'vitest'
import { endingOf, ENDING_LENGTH, previewOf, PREVIEW_LENGTH } from './text-ends.ts'

it('a short text is both of its ends', () => {
  expect([previewOf('ab'), endingOf('ab'), previewOf(''), endingOf('')]).toEqual(['ab', 'ab', '', ''])
})

it('an end is never half of a character, also where it grows token by token', () => {
  const text = `x${'😀'.repeat(300)}y`
  expect(previewOf(text)).toBe(`x${'😀'.repeat(PREVIEW_LENGTH - 1)}`)
  expect(endingOf(text)).toBe(`${'😀'.repeat(ENDING_LENGTH - 1)}y`)
  let [preview, ending] = ['', '']
  for (const token of text) [preview, ending] = [previewOf(preview + token), endingOf(ending + token)]
  expect([preview, ending]).toEqual([previewOf(text), endingOf(text)])
})
