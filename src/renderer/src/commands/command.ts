/** @file What a command is. Buttons, keys and the palette all point at the same ones. */

export interface Command {
  id: string
  title: string
  /** As in "Ctrl+Shift+F5"; `Mod` is Ctrl, and Cmd on a Mac. */
  shortcut: string | null
  isEnabled: () => boolean
  /** Whether its key and the palette mean it in the view on screen; a button that is seen works wherever it is. @default in every view */
  isMeant?: () => boolean
  run: () => void | Promise<void>
}

/** Whether a key or the palette may run it now. */
export function canRun({ isEnabled, isMeant }: Command): boolean {
  return (isMeant?.() ?? true) && isEnabled()
}

/** The same commands, for keys and palette in some views alone: what is not on screen is not changed by a key that means something else there. */
export function meantWhere(isMeant: () => boolean, commands: readonly Command[]): Command[] {
  return commands.map((command) => ({ ...command, isMeant }))
}
