/** @file The breakpoint at the selected token by a key. It does not know conditions. */
import type { useBreakpointsStore } from '../stores/breakpoints.ts'
import type { Command } from './command.ts'
import type { DebuggerStores } from './debugger-stores.ts'

export const breakpointCommandIds = { toggle: 'breakpoint.toggle' } as const

export function createBreakpointCommands({ selection, session }: DebuggerStores, breakpoints: ReturnType<typeof useBreakpointsStore>): Command[] {
  const target = (): number => (selection.selection?.kind === 'step' ? selection.selection.index : session.cursor + 1)
  const hasBreakpoints = (): boolean => breakpoints.breakpoints.length > 0
  return [
    { id: breakpointCommandIds.toggle, title: 'Set or remove a breakpoint at the selected token', shortcut: 'F9', isEnabled: () => session.phase === 'ready', run: () => breakpoints.togglePosition(target()) },
    { id: 'breakpoint.disableAll', title: 'Disable all breakpoints', shortcut: null, isEnabled: hasBreakpoints, run: () => breakpoints.enableAll(false) },
    { id: 'breakpoint.enableAll', title: 'Enable all breakpoints', shortcut: null, isEnabled: hasBreakpoints, run: () => breakpoints.enableAll(true) },
    { id: 'breakpoint.removeAll', title: 'Remove all breakpoints', shortcut: null, isEnabled: hasBreakpoints, run: () => breakpoints.removeAll() },
  ]
}
