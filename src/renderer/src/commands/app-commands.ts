/** @file Commands of the whole app: going to a view, changing the theme, saying what it is. */
import type { Router } from 'vue-router'
import type { Command } from './command.ts'

export function createAppCommands(router: Router, { toggleTheme, beginTour, showAbout }: { toggleTheme: () => void; beginTour: () => void; showAbout: () => void }): Command[] {
  const always = (): boolean => true
  async function takeTour(): Promise<void> {
    await router.push({ name: 'debugger' })
    beginTour()
  }

  return [
    { id: 'app.debugger', title: 'Open the debugger', shortcut: 'Alt+1', isEnabled: always, run: () => void router.push({ name: 'debugger' }) },
    { id: 'app.traces', title: 'Open traces', shortcut: 'Alt+2', isEnabled: always, run: () => void router.push({ name: 'traces' }) },
    { id: 'app.models', title: 'Open models', shortcut: 'Alt+3', isEnabled: always, run: () => void router.push({ name: 'models' }) },
    { id: 'app.keys', title: 'Keys: see them all, and choose others', shortcut: 'Shift+?', isEnabled: always, run: () => void router.push({ name: 'keys' }) },
    { id: 'app.toggleTheme', title: 'Switch between dark and light', shortcut: null, isEnabled: always, run: toggleTheme },
    { id: 'app.tour', title: 'Take the two-minute tour', shortcut: null, isEnabled: always, run: takeTour },
    { id: 'app.about', title: 'About: version, libraries, and where the log lies', shortcut: null, isEnabled: always, run: showAbout },
  ]
}
