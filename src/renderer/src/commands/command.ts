/** @file What a command is. Buttons, keys and the palette all point at the same ones. */

export interface Command {
  id: string
  title: string
  /** As in "Ctrl+Shift+F5"; `Mod` is Ctrl, and Cmd on a Mac. */
  shortcut: string | null
  isEnabled: () => boolean
  run: () => void | Promise<void>
}
