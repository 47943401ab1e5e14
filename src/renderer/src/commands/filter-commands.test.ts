import { expect, it } from 'vitest'
import type { Command } from './command.ts'
import { filterCommands } from './filter-commands.ts'

const commandOf = (title: string, isEnabled = true): Command => ({ id: title, title, shortcut: null, isEnabled: () => isEnabled, run: () => {} })
const commands = ['Next decision', 'Step', 'Go to the next insertion'].map((title) => commandOf(title))

it('finds commands that hold every word, those that begin with it first', () => {
  expect(filterCommands(commands, 'next').map((command) => command.title)).toEqual(['Next decision', 'Go to the next insertion'])
  expect(filterCommands(commands, ' INS next ').map((command) => command.title)).toEqual(['Go to the next insertion'])
  expect(filterCommands(commands, '')).toEqual(commands)
})

it('what cannot be done now comes last, so that Enter does something', () => {
  const found = filterCommands([commandOf('Next phase', false), commandOf('Go to the next insertion'), commandOf('Step')], 'next')
  expect(found.map((command) => command.title)).toEqual(['Go to the next insertion', 'Next phase'])
})
