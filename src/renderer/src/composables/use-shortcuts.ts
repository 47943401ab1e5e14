/** @file Runs commands by their keys, anywhere in the page. */
import { useEventListener } from '@vueuse/core'
import type { KeyedCommand } from '../commands/chosen-keys.ts'
import { canRun } from '../commands/command.ts'
import { isFreeWhileTyping, matchesShortcut } from '../commands/shortcut.ts'

export const isMac = typeof navigator !== 'undefined' && /Mac|iPhone|iPad/.test(navigator.userAgent)

/** @param isPaused whether keys are wanted for something else */
export function useShortcuts(commands: readonly KeyedCommand[], isPaused: () => boolean): void {
  useEventListener(window, 'keydown', (event) => {
    if (isPaused()) return
    if (isEditing(event.target) && !isFreeWhileTyping(event)) return
    const meant = commands.filter(({ shortcut }) => shortcut !== null && matchesShortcut(event, shortcut, isMac))
    if (meant.length === 0) return
    // Also when it cannot run now: F5 must never reload the page by surprise.
    event.preventDefault()
    event.stopPropagation()
    if (isInDialog(event.target)) return
    // One key may mean something else in each view; where it means two things, what the user chose it for goes first.
    const able = meant.filter(canRun)
    void (able.find(({ shortcut, usualShortcut }) => shortcut !== usualShortcut) ?? able[0])?.run()
  }, { capture: true }) // Before the focused field: Ctrl+Enter in a list of choices would open the list.
}

/** What lies under a dialog is out of reach for keys as it is for the pointer. */
function isInDialog(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('dialog, [aria-modal="true"]') !== null
}

/** Inputs that hold no text: a letter pressed there is a shortcut. */
const textlessInputs = new Set(['button', 'checkbox', 'color', 'file', 'radio', 'range', 'reset', 'submit'])

function isEditing(target: EventTarget | null): boolean {
  if (target instanceof HTMLInputElement) return !textlessInputs.has(target.type)
  return target instanceof HTMLElement && (target.isContentEditable || ['TEXTAREA', 'SELECT'].includes(target.tagName))
}
