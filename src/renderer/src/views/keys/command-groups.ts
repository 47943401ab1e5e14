/** @file Commands under the part of the app that they belong to, for the page of keys. */
import type { KeyedCommand } from '../../commands/chosen-keys.ts'
import { shortcutLabel } from '../../commands/shortcut.ts'

export interface CommandGroup {
  readonly title: string
  readonly commands: readonly KeyedCommand[]
}

/** By the first word of a command's id, in the order of the page. */
const groupTitles: Readonly<Record<string, string>> = {
  debugger: 'Stepping',
  branch: 'Changes and branches',
  breakpoint: 'Breakpoints',
  lanes: 'Lanes',
  window: 'Panels and tabs of the debugger',
  app: 'Anywhere',
  runs: 'Runs',
  results: 'Results of a run',
  experiments: 'Experiments',
  compare: 'Compare',
  latents: 'Latents',
  triggers: 'Triggers',
  sweeps: 'Sweeps',
  audit: 'Gates',
  models: 'Models',
  profile: 'Profile',
  training: 'Train',
  transfer: 'Import and export',
}

/** Groups with the commands that have all words of the search in their title, their group's title or their key. */
export function groupCommands(commands: readonly KeyedCommand[], search: string, isMac: boolean): CommandGroup[] {
  const words = search.toLowerCase().split(/\s+/).filter((word) => word !== '')
  return Object.entries(groupTitles)
    .map(([group, title]) => ({
      title,
      commands: commands.filter((command) => {
        if (groupOf(command) !== group) return false
        const text = `${title} ${command.title} ${command.shortcut === null ? '' : shortcutLabel(command.shortcut, isMac)}`.toLowerCase()
        return words.every((word) => text.includes(word))
      }),
    }))
    .filter((group) => group.commands.length > 0)
}

function groupOf({ id }: KeyedCommand): string {
  const [group = ''] = id.split('.')
  if (groupTitles[group] === undefined) throw new Error(`internal: command ${id} belongs to no group`)
  return group
}
