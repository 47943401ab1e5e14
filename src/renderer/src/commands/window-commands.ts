/** @file The debugger's window: session tabs, dock tabs, the prompt panel. It does not know what stands in them. */
import type { Router } from 'vue-router'
import type { RunId } from '../../../shared/domain/identifiers.ts'
import { dockTabs, type DockTab } from '../stores/layout.ts'
import type { Command } from './command.ts'
import { goToTrace, type DebuggerStores } from './debugger-stores.ts'

export const windowCommandIds = { closeTab: 'window.closeTab', togglePrompt: 'window.togglePrompt', toggleLibrary: 'window.toggleLibrary', togglePreview: 'window.togglePreview' } as const

export const dockTitles: Readonly<Record<DockTab, string>> = { inspector: 'Inspector', change: 'Change', branches: 'Branches', breakpoints: 'Breakpoints', watches: 'Watches' }

export function dockCommandId(tab: DockTab): string {
  return `window.dock.${tab}`
}

export function createWindowCommands({ comparison, layout, session, tabs }: DebuggerStores, router: Router): Command[] {
  async function goBeside(by: number): Promise<void> {
    const tab = tabs.beside(by)
    if (tab !== null) await goToTrace(router, tab.traceId)
  }

  return [
    ...dockTabs.map((tab, index): Command => ({ id: dockCommandId(tab), title: `Show ${dockTitles[tab].toLowerCase()}`, shortcut: `Alt+Shift+${index + 1}`, isEnabled: () => true, run: () => layout.openDock(tab) })),
    { id: windowCommandIds.togglePrompt, title: 'Show or hide the prompt panel', shortcut: 'Alt+P', isEnabled: () => true, run: () => layout.togglePrompt() },
    { id: windowCommandIds.toggleLibrary, title: 'Prompt library', shortcut: 'Alt+L', isEnabled: () => true, run: () => layout.toggleLibrary() },
    { id: windowCommandIds.togglePreview, title: 'Rendered prompt', shortcut: 'Alt+R', isEnabled: () => true, run: () => layout.togglePreview() },
    { id: 'window.nextTab', title: 'Next session tab', shortcut: 'Alt+PageDown', isEnabled: () => tabs.tabs.length > 1, run: () => goBeside(1) },
    { id: 'window.previousTab', title: 'Previous session tab', shortcut: 'Alt+PageUp', isEnabled: () => tabs.tabs.length > 1, run: () => goBeside(-1) },
    { id: windowCommandIds.closeTab, title: 'Close this session tab', shortcut: 'Alt+W', isEnabled: () => tabs.openRunId !== null, run: () => (tabs.openRunId === null ? undefined : closeTab(tabs.openRunId)) },
  ]

  async function closeTab(runId: RunId): Promise<void> {
    const next = tabs.close(runId)
    comparison.close()
    if (next !== null) return goToTrace(router, next.traceId)
    session.leave()
    await router.push({ name: 'debugger' })
  }
}
