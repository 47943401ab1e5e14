/** @file Where every command of the app is found by its id. */
import { inject, type App, type InjectionKey } from 'vue'
import type { KeyedCommand } from './chosen-keys.ts'

const commandsKey: InjectionKey<readonly KeyedCommand[]> = Symbol('commands')

export function provideCommands(app: App, commands: readonly KeyedCommand[]): void {
  app.provide(commandsKey, commands)
}

export function useCommands(): readonly KeyedCommand[] {
  return inject(commandsKey, [])
}

export function useCommand(id: string): KeyedCommand {
  const command = useCommands().find((candidate) => candidate.id === id)
  if (command === undefined) throw new Error(`internal: there is no command ${id}`)
  return command
}
