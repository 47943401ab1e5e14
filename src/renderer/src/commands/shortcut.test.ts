import { describe, expect, it } from 'vitest'
import { isFreeWhileTyping, isSameShortcut, matchesShortcut, reservedUse, shortcutLabel, shortcutOf, type KeyPress } from './shortcut.ts'

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

  it.each([
    ['F10', press('F10')],
    ['J', press('j')],
    ['Shift+J', press('J', { shiftKey: true })],
    ['Mod+Shift+F5', press('F5', { ctrlKey: true, shiftKey: true })],
    ['Shift+?', press('?', { shiftKey: true })],
    ['Mod++', press('+', { ctrlKey: true })],
    ['Alt+E', press('€', { altKey: true, code: 'KeyE' })],
    ['Alt+Shift+1', press('!', { altKey: true, shiftKey: true, code: 'Digit1' })],
    ['ß', press('ß')],
    ['Shift+ ', press(' ', { shiftKey: true })],
  ])('%s is what its press is called, and is matched by it', (shortcut, pressed) => {
    expect(shortcutOf(pressed, false)).toBe(shortcut)
    expect(matchesShortcut(pressed, shortcut, false)).toBe(true)
    expect(matchesShortcut({ ...pressed, shiftKey: !pressed.shiftKey }, shortcut, false)).toBe(false)
  })

  it('are called by Cmd and Ctrl apart on a Mac, and by no Windows key', () => {
    expect(shortcutOf(press('e', { metaKey: true, ctrlKey: true }), true)).toBe('Mod+Ctrl+E')
    expect(shortcutOf(press('e', { metaKey: true }), false)).toBeNull()
  })

  it('are not called by modifiers alone', () => {
    for (const key of ['Control', 'Shift', 'Alt', 'Meta', 'AltGraph', 'Dead']) expect(shortcutOf(press(key, { ctrlKey: true }), false)).toBeNull()
  })

  it('are the same in any order of modifiers, and Ctrl is Mod but on a Mac', () => {
    expect(isSameShortcut('Ctrl+Shift+F5', 'Shift+Mod+F5', false)).toBe(true)
    expect(isSameShortcut('Ctrl+F5', 'Mod+F5', true)).toBe(false)
    expect(isSameShortcut('F5', 'Shift+F5', false)).toBe(false)
  })

  it('that move, press or edit are for no command', () => {
    for (const shortcut of ['Tab', 'Shift+Tab', 'ArrowDown', 'Enter', ' ', 'Mod+C', 'Ctrl+K']) expect(reservedUse(shortcut, false)).not.toBeNull()
    for (const shortcut of ['Shift+Enter', 'Alt+ArrowDown', 'C', 'Mod+Shift+C', 'F10']) expect(reservedUse(shortcut, false)).toBeNull()
  })
})
