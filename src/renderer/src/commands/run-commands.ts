/** @file The commands over the list of runs; it does not know buttons or keys beyond their names. */
import type { Router } from 'vue-router'
import type { Command } from './command.ts'

export const runCommandIds = { open: 'app.runs' } as const

export function createRunCommands(router: Router): Command[] {
  return [{ id: runCommandIds.open, title: 'Open runs', shortcut: 'Alt+7', isEnabled: () => true, run: () => void router.push({ name: 'runs' }) }]
}
