import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { columnsOf, escapedText, isSpecialToken, LONGEST_SHOWN, spacesOf, utf8Hex, visibleLine, visibleParts, visibleText } from './visible-text.ts'

describe('visible text', () => {
  it('shows white space as symbols', () => {
    expect(visibleParts(' a\n')).toEqual([
      { text: '·', kind: 'symbol' },
      { text: 'a', kind: 'text' },
      { text: '⏎', kind: 'symbol' },
    ])
  })

  it('spells out what would reorder or hide text', () => {
    expect(visibleText('a\u202eb\u200b\u0007')).toBe('a⟨U+202E⟩b⟨U+200B⟩⟨U+0007⟩')
    expect(visibleText('\ud800')).toBe('⟨U+D800⟩')
  })

  it('gives a token without text a sign of its own', () => {
    expect(visibleText('')).toBe('∅')
  })

  it('shortens a token of a megabyte and says by how much, never inside a pair', () => {
    const text = 'A'.repeat(LONGEST_SHOWN - 1) + '💥'.repeat(500_000)
    expect(visibleText(text)).toBe(`${'A'.repeat(LONGEST_SHOWN - 1)}… 1,000,000 more`)
    expect(escapedText(text)).toHaveLength(LONGEST_SHOWN - 1 + 2 + '… 1,000,000 more'.length)
    expect(utf8Hex(text)).toMatch(/41 … 1,000,000 more$/)
  })

  it('leaves no hidden character in anything it returns', () => {
    const hidden = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/u
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(visibleText(text)).not.toMatch(hidden)
        expect(escapedText(text)).not.toMatch(hidden)
      }),
    )
  })

  it('keeps ordinary letters of every script', () => {
    expect(visibleText('café')).toBe('café')
    expect(visibleText('日本語')).toBe('日本語')
    expect(visibleText('👍')).toBe('👍')
  })

  it('leaves the spaces of running text alone', () => {
    expect(visibleLine('two  words\nand\u202e')).toBe('two  words⏎and⟨U+202E⟩')
    expect(visibleLine('')).toBe('')
  })

  it('counts two columns for wide characters', () => {
    expect(columnsOf(visibleParts('a日👍'))).toBe(5)
  })

  it('gives back the white space that symbols stand for, and nothing that hides', () => {
    expect(spacesOf(visibleText(' \t\n'))).toBe(' \t\n')
    expect(spacesOf(visibleText('\u202e\n'))).toBe('⟨U+202E⟩\n')
  })

  it('escapes text and lists its bytes', () => {
    expect(escapedText('a"\n\u200b')).toBe('"a\\"\\n\\u{200b}"')
    expect(utf8Hex('€\n')).toBe('e2 82 ac 0a')
  })

  it('knows special tokens by their writing', () => {
    expect(['<|im_end|>', '</s>', '<s>'].every(isSpecialToken)).toBe(true)
    expect(['<', '< |', 'a<b>'].some(isSpecialToken)).toBe(false)
  })
})
