import { describe, expect, it } from 'vitest'
import { isFreeWhileTyping, matchesShortcut, shortcutLabel, type KeyPress } from './shortcut.ts'

function press(key: string, modifiers: Partial<KeyPress> = {}): KeyPress {
  return { key, ctrlKey: false, metaKey: false, shiftKey: false, altKey: false, ...modifiers }
}

describe('shortcuts', () => {
  it('match exactly the modifiers they name', () => {
    expect(matchesShortcut(press('F5', { ctrlKey: true, shiftKey: true }), 'Ctrl+Shift+F5', false)).toBe(true)
    expect(matchesShortcut(press('F5'), 'Ctrl+Shift+F5', false)).toBe(false)
    expect(matchesShortcut(press('F5', { shiftKey: true }), 'F5', false)).toBe(false)
  })

  it('take Cmd for Mod on a Mac and Ctrl elsewhere', () => {
    expect(matchesShortcut(press('k', { metaKey: true }), 'Mod+K', true)).toBe(true)
    expect(matchesShortcut(press('k', { ctrlKey: true }), 'Mod+K', true)).toBe(false)
    expect(matchesShortcut(press('k', { ctrlKey: true }), 'Mod+K', false)).toBe(true)
    expect([shortcutLabel('Mod+K', true), shortcutLabel('Mod+K', false)]).toEqual(['⌘K', 'Ctrl+K'])
  })

  it('know a key with Alt by its place, whatever character it types', () => {
    expect(matchesShortcut(press('€', { altKey: true, code: 'KeyE' }), 'Alt+E', true)).toBe(true)
    expect(matchesShortcut(press('!', { altKey: true, shiftKey: true, code: 'Digit1' }), 'Alt+Shift+1', false)).toBe(true)
    expect(matchesShortcut(press('€', { code: 'KeyE' }), 'E', false)).toBe(false)
  })

  it('leave typing alone', () => {
    expect(isFreeWhileTyping(press('['))).toBe(false)
    expect(isFreeWhileTyping(press('F10'))).toBe(true)
    expect(isFreeWhileTyping(press('Enter', { ctrlKey: true }))).toBe(true)
  })
})
