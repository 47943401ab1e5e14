import { expect, it } from 'vitest'
import { chosenKeysSerializer, withChosenKeys, type ChosenKeys } from './chosen-keys.ts'
import { meantWhere, type Command } from './command.ts'

function command(id: string, shortcut: string | null): Command {
  return { id, title: id, shortcut, isEnabled: () => true, run: () => undefined }
}

it('a command has the key that was chosen for it, none where none was wanted, else its usual one', () => {
  let chosen: ChosenKeys = {}
  const commands = withChosenKeys(meantWhere(() => true, [command('step', 'F10'), command('phase', 'F11'), command('theme', null)]), () => chosen)
  const keys = (): (string | null)[] => commands.map(({ shortcut }) => shortcut)
  expect(keys()).toEqual(['F10', 'F11', null])
  chosen = { step: 'S', phase: null, theme: 'Alt+T', gone: 'X' }
  expect(keys()).toEqual(['S', null, 'Alt+T'])
  expect(commands.map(({ usualShortcut }) => usualShortcut)).toEqual(['F10', 'F11', null])
})

it('chosen keys come back as they were kept; what is none leaves the usual ones', () => {
  const chosen = { step: 'Mod+Shift+S', phase: null }
  expect(chosenKeysSerializer.read(chosenKeysSerializer.write(chosen))).toEqual(chosen)
  for (const raw of ['', '{', '[]', 'null', '{"step":1}', '{"step":""}']) expect(chosenKeysSerializer.read(raw)).toEqual({})
})
