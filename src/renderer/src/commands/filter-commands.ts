/** @file Which commands a search in the palette finds. */
import type { Command } from './command.ts'

/** Every word must occur in the title; titles that begin with the search come first. */
export function filterCommands(commands: readonly Command[], search: string): Command[] {
  const words = search.toLowerCase().split(/\s+/).filter((word) => word !== '')
  const found = commands.filter((command) => words.every((word) => command.title.toLowerCase().includes(word)))
  const first = words[0]
  if (first === undefined) return found
  return found.toSorted((a, b) => Number(b.title.toLowerCase().startsWith(first)) - Number(a.title.toLowerCase().startsWith(first)))
}
