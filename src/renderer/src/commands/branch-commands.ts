/** @file Forking a trace, and going between its branches. It does not know how a change is put together. */
import type { Router } from 'vue-router'
import type { ChangeKind } from '../stores/layout.ts'
import type { Command } from './command.ts'
import { goToTrace, type DebuggerStores } from './debugger-stores.ts'

export const branchCommandIds = {
  flip: 'branch.flip',
  insert: 'branch.insert',
  fork: 'branch.fork',
  next: 'branch.next',
  previous: 'branch.previous',
  compare: 'branch.compare',
  closeComparison: 'branch.closeComparison',
} as const
const ids = branchCommandIds

export function createBranchCommands({ branches, change, comparison, layout, session }: DebuggerStores, router: Router): Command[] {
  const hasTrace = (): boolean => session.phase === 'ready'
  /** Follows the trace that a fork put on screen. */
  async function forking(fork: () => Promise<void>): Promise<void> {
    comparison.close()
    await fork()
    if (session.header !== null) await goToTrace(router, session.header.id)
  }

  function editing(kind: ChangeKind, title: string, shortcut: string): Command {
    return { id: `branch.edit.${kind}`, title, shortcut, isEnabled: hasTrace, run: () => layout.openChange(kind) }
  }

  async function goBeside(by: number): Promise<void> {
    const traceId = branches.beside(by)
    if (traceId !== null) await goToTrace(router, traceId)
  }

  async function compareWithParent(): Promise<void> {
    if (session.header?.parent != null) await comparison.open(session.header.parent.traceId, session.header.id)
  }

  return [
    { id: ids.flip, title: 'Fork: flip the decision here', shortcut: 'Shift+D', isEnabled: () => change.canFork, run: () => forking(change.flipDecision) },
    { id: ids.insert, title: 'Fork: force an insertion here', shortcut: 'Shift+I', isEnabled: () => change.canFork, run: () => forking(change.forceInsertion) },
    editing('decision', 'Change the decision here…', 'Shift+F'),
    editing('tokens', 'Replace the token here…', 'Shift+T'),
    editing('latents', 'Edit the latents here…', 'Shift+L'),
    editing('config', 'Change settings from here…', 'Shift+S'),
    { id: ids.fork, title: 'Fork with the change in the dock', shortcut: 'Mod+Shift+Enter', isEnabled: () => change.canFork && change.change !== null, run: () => forking(() => change.fork()) },
    { id: ids.next, title: 'Next branch', shortcut: 'Alt+ArrowDown', isEnabled: () => branches.beside(1) !== null, run: () => goBeside(1) },
    { id: ids.previous, title: 'Previous branch', shortcut: 'Alt+ArrowUp', isEnabled: () => branches.beside(-1) !== null, run: () => goBeside(-1) },
    { id: ids.compare, title: 'Compare with the parent branch', shortcut: 'Shift+C', isEnabled: () => session.header?.parent != null, run: compareWithParent },
    { id: ids.closeComparison, title: 'Close the comparison', shortcut: 'Shift+Escape', isEnabled: () => comparison.isOpen, run: () => comparison.close() },
  ]
}
