/** @file Reads shortcuts such as "Mod+Shift+F5" and holds key presses against them. It does not know commands. */

export type KeyPress = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'shiftKey' | 'altKey'> & Partial<Pick<KeyboardEvent, 'code'>>

interface Keys {
  key: string
  mod: boolean
  ctrl: boolean
  shift: boolean
  alt: boolean
}

function parseShortcut(shortcut: string): Keys {
  const parts = shortcut.split('+')
  const modifiers = new Set(parts.slice(0, -1))
  return { key: (parts.at(-1) ?? '').toLowerCase(), mod: modifiers.has('Mod'), ctrl: modifiers.has('Ctrl'), shift: modifiers.has('Shift'), alt: modifiers.has('Alt') }
}

export function matchesShortcut(press: KeyPress, shortcut: string, isMac: boolean): boolean {
  const { key, mod, ctrl, shift, alt } = parseShortcut(shortcut)
  return (
    (press.key.toLowerCase() === key || (alt && isKeyAt(press.code, key))) &&
    press.ctrlKey === (ctrl || (mod && !isMac)) &&
    press.metaKey === (mod && isMac) &&
    press.shiftKey === shift &&
    press.altKey === alt
  )
}

/** With Alt a letter or digit is known by its place too: on a Mac, and with Shift, the key types another character. */
function isKeyAt(code: string | undefined, key: string): boolean {
  return code === `Key${key.toUpperCase()}` || code === `Digit${key}`
}

/** While text is edited, only presses that type nothing are shortcuts: with Ctrl, Cmd or Alt, or a function key. */
export function isFreeWhileTyping(press: KeyPress): boolean {
  return press.ctrlKey || press.metaKey || press.altKey || /^F\d+$/.test(press.key)
}

/** As the platform writes it: "⌘K" for the Mac, "Ctrl+K" elsewhere. */
export function shortcutLabel(shortcut: string, isMac: boolean): string {
  const named = shortcut.replace('ArrowUp', '↑').replace('ArrowDown', '↓').replace('Escape', 'Esc')
  if (!isMac) return named.replace('Mod', 'Ctrl')
  return named.replace('Mod+', '⌘').replace('Ctrl+', '⌃').replace('Shift+', '⇧').replace('Alt+', '⌥')
}
