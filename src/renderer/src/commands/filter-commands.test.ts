import { expect, it } from 'vitest'
import type { Command } from './command.ts'
import { filterCommands } from './filter-commands.ts'

const commands = ['Next decision', 'Step', 'Go to the next insertion'].map((title): Command => ({ id: title, title, shortcut: null, isEnabled: () => true, run: () => {} }))

it('finds commands that hold every word, those that begin with it first', () => {
  expect(filterCommands(commands, 'next').map((command) => command.title)).toEqual(['Next decision', 'Go to the next insertion'])
  expect(filterCommands(commands, ' INS next ').map((command) => command.title)).toEqual(['Go to the next insertion'])
  expect(filterCommands(commands, '')).toEqual(commands)
})
