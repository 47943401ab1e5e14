import { expect, it } from 'vitest'
import { canRun, meantWhere, type Command } from './command.ts'

const command: Command = { id: 'a', title: 'A', shortcut: 'F10', isEnabled: () => true, run: () => undefined }

it('a key means a command only in its views; a button that is seen works anywhere', () => {
  let view = 'runs'
  const [meant] = meantWhere(() => view === 'debugger', [command])
  if (meant === undefined) throw new Error('expected the command')
  expect([canRun(meant), meant.isEnabled()]).toEqual([false, true])
  view = 'debugger'
  expect(canRun(meant)).toBe(true)
  expect(canRun({ ...meant, isEnabled: () => false })).toBe(false)
  expect(canRun(command)).toBe(true)
})
