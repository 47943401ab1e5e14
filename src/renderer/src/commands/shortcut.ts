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
  // The plus that is a key comes last.
  const [, prefix = '', key = ''] = /^(.*\+)?(.+)$/s.exec(shortcut) ?? []
  const modifiers = new Set(prefix.split('+'))
  return { key: key.toLowerCase(), mod: modifiers.has('Mod'), ctrl: modifiers.has('Ctrl'), shift: modifiers.has('Shift'), alt: modifiers.has('Alt') }
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

/** What a press is called as a shortcut; null for modifiers alone, and for the Windows key, which belongs to the system. */
export function shortcutOf({ key, code = '', ctrlKey, metaKey, shiftKey, altKey }: KeyPress, isMac: boolean): string | null {
  if (keysWithoutName.has(key) || (metaKey && !isMac)) return null
  const placed = altKey ? /^(?:Key|Digit)(.)$/.exec(code)?.[1] : undefined
  const modifiers = [...((isMac ? metaKey : ctrlKey) ? ['Mod'] : []), ...(isMac && ctrlKey ? ['Ctrl'] : []), ...(altKey ? ['Alt'] : []), ...(shiftKey ? ['Shift'] : [])]
  return [...modifiers, placed ?? (/^[a-z]$/.test(key) ? key.toUpperCase() : key)].join('+')
}

const keysWithoutName = new Set(['Control', 'Shift', 'Alt', 'AltGraph', 'Meta', 'CapsLock', 'Dead', 'Process', 'Unidentified'])

/** Whether two shortcuts are one on this platform. */
export function isSameShortcut(left: string, right: string, isMac: boolean): boolean {
  const named = ({ key, mod, ctrl, shift, alt }: Keys): string => [key, mod && isMac, ctrl || (mod && !isMac), shift, alt].join()
  return named(parseShortcut(left)) === named(parseShortcut(right))
}

/** What a shortcut is for already, so that no command may have it; null where one may. */
export function reservedUse(shortcut: string, isMac: boolean): string | null {
  const use = reservedUses.find(({ shortcuts }) => shortcuts.some((reserved) => isSameShortcut(reserved, shortcut, isMac)))
  return use?.use ?? null
}

export const PALETTE_SHORTCUTS = ['Mod+K', 'Mod+Shift+P'] as const

const reservedUses: readonly { readonly shortcuts: readonly string[]; readonly use: string }[] = [
  { shortcuts: PALETTE_SHORTCUTS, use: 'opens the list of commands' },
  { shortcuts: ['Tab', 'Shift+Tab', 'ArrowUp', 'ArrowDown', 'ArrowLeft', 'ArrowRight', 'Home', 'End', 'PageUp', 'PageDown'], use: 'moves within the page' },
  { shortcuts: ['Enter', ' '], use: 'presses the button in focus' },
  { shortcuts: ['Mod+A', 'Mod+C', 'Mod+V', 'Mod+X', 'Mod+Z', 'Mod+Shift+Z'], use: 'edits text' },
]

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
  const named = shortcut.replace('ArrowUp', '↑').replace('ArrowDown', '↓').replace('ArrowLeft', '←').replace('ArrowRight', '→').replace('Escape', 'Esc').replace(/ $/, 'Space')
  if (!isMac) return named.replace('Mod', 'Ctrl')
  return named.replace('Mod+', '⌘').replace('Ctrl+', '⌃').replace('Shift+', '⇧').replace('Alt+', '⌥')
}
