/** @file Where every command of the app is found by its id. */
import { inject, type App, type InjectionKey } from 'vue'
import type { Command } from './command.ts'

const commandsKey: InjectionKey<readonly Command[]> = Symbol('commands')

export function provideCommands(app: App, commands: readonly Command[]): void {
  app.provide(commandsKey, commands)
}

export function useCommands(): readonly Command[] {
  return inject(commandsKey, [])
}

export function useCommand(id: string): Command {
  const command = useCommands().find((candidate) => candidate.id === id)
  if (command === undefined) throw new Error(`internal: there is no command ${id}`)
  return command
}
