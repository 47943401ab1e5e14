/** @file Commands under the keys that the user chose for them. It does not know where the choice is kept. */
import { z } from 'zod'
import type { Command } from './command.ts'

/** By command id: its key, or null for none. A command that is not named has its usual one. */
export type ChosenKeys = Readonly<Record<string, string | null>>

export interface KeyedCommand extends Command {
  /** The key it has where none was chosen. */
  readonly usualShortcut: string | null
}

const chosenKeysSchema = z.record(z.string(), z.string().min(1).max(40).nullable())

/** localStorage is foreign input: what cannot be read leaves the usual keys. */
export const chosenKeysSerializer = {
  read(raw: string): ChosenKeys {
    try {
      return chosenKeysSchema.safeParse(JSON.parse(raw)).data ?? {}
    } catch {
      // Not JSON: whoever wrote it, there is nothing to take.
      return {}
    }
  },
  write: (chosen: ChosenKeys): string => JSON.stringify(chosen),
}

/** The same commands, whose key is looked up whenever it is read. */
export function withChosenKeys(commands: readonly Command[], chosen: () => ChosenKeys): KeyedCommand[] {
  return commands.map((command) => ({
    ...command,
    usualShortcut: command.shortcut,
    get shortcut() {
      const key = chosen()[command.id]
      return key === undefined ? command.shortcut : key
    },
  }))
}
