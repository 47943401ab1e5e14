/** @file Which commands a search in the palette finds. */
import type { Command } from './command.ts'

/** Every word must occur in the title. What can be done now comes first, within it titles that begin with the search. */
export function filterCommands(commands: readonly Command[], search: string): Command[] {
  const words = search.toLowerCase().split(/\s+/).filter((word) => word !== '')
  const found = commands.filter((command) => words.every((word) => command.title.toLowerCase().includes(word)))
  const first = words[0] ?? ''
  const rank = ({ title, isEnabled }: Command): number => (isEnabled() ? 0 : 2) + (title.toLowerCase().startsWith(first) ? 0 : 1)
  return found
    .map((command) => ({ command, rank: rank(command) }))
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ command }) => command)
}
