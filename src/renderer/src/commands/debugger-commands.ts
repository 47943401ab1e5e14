/** @file The debugger's commands over the stores; it does not know buttons or keys beyond their names. */
import type { Router } from 'vue-router'
import type { Movement } from '../stores/move-selection.ts'
import type { useDraftStore } from '../stores/draft.ts'
import type { useEngineStore } from '../stores/engine.ts'
import { nextExample } from '../stores/draft-content.ts'
import type { useModelsStore } from '../stores/models.ts'
import type { useSelectionStore } from '../stores/selection.ts'
import type { useSessionStore } from '../stores/session.ts'
import type { AdvanceUntil } from '../../../shared/domain/session.ts'
import type { Command } from './command.ts'

export interface DebuggerStores {
  draft: ReturnType<typeof useDraftStore>
  engine: ReturnType<typeof useEngineStore>
  models: ReturnType<typeof useModelsStore>
  selection: ReturnType<typeof useSelectionStore>
  session: ReturnType<typeof useSessionStore>
}

export const debuggerCommandIds = {
  start: 'debugger.start',
  step: 'debugger.step',
  nextDecision: 'debugger.nextDecision',
  continue: 'debugger.continue',
  pause: 'debugger.pause',
  restart: 'debugger.restart',
} as const

export function createDebuggerCommands({ draft, engine, models, selection, session }: DebuggerStores, router: Router): Command[] {
  function canOpen(): boolean {
    return draft.request !== null && session.phase !== 'opening'
  }

  /** A paused trace is stepped; without a trace, one is started first. */
  function canAdvance(): boolean {
    return session.phase === 'empty' ? canOpen() : session.phase === 'ready' && session.state?.kind === 'paused'
  }

  async function start(): Promise<void> {
    const request = draft.request
    if (request === null) return
    await session.open(request, () => engine.load(request.modelId, draft.draft.device))
    await showTrace()
  }

  async function advance(until: AdvanceUntil): Promise<void> {
    if (session.phase === 'empty') await start()
    if (session.state?.kind === 'paused') await session.advance(until)
  }

  function exampleInTurn(): string | null {
    return nextExample(draft.draft, models.models ?? [])
  }

  async function takeNextExample(): Promise<void> {
    const example = exampleInTurn()
    if (example !== null) draft.takeExample(example, models.models ?? [])
    await router.push({ name: 'debugger' })
  }

  async function restart(): Promise<void> {
    engine.dismissLoss()
    await session.restart()
    await showTrace()
  }

  async function showTrace(): Promise<void> {
    if (session.header !== null && session.failure === null) await router.push({ name: 'trace', params: { traceId: session.header.id } })
  }

  function moving(id: string, title: string, shortcut: string | null, movement: Movement): Command {
    return { id, title, shortcut, isEnabled: () => session.phase === 'ready', run: () => selection.move(movement) }
  }

  return [
    { id: debuggerCommandIds.start, title: 'Start a new trace from the prompt panel', shortcut: 'Mod+Enter', isEnabled: canOpen, run: start },
    { id: debuggerCommandIds.step, title: 'Step', shortcut: 'F10', isEnabled: canAdvance, run: () => advance('step') },
    { id: debuggerCommandIds.nextDecision, title: 'Next decision', shortcut: 'Shift+F11', isEnabled: canAdvance, run: () => advance('decision') },
    { id: debuggerCommandIds.continue, title: 'Continue', shortcut: 'F5', isEnabled: canAdvance, run: () => advance('end') },
    { id: debuggerCommandIds.pause, title: 'Pause', shortcut: 'F6', isEnabled: () => session.state?.kind === 'running', run: () => session.pause() },
    { id: debuggerCommandIds.restart, title: 'Restart', shortcut: 'Ctrl+Shift+F5', isEnabled: () => session.phase === 'ready', run: restart },
    { id: 'debugger.nextExample', title: 'Take the model’s next example as prompt', shortcut: 'Alt+E', isEnabled: () => exampleInTurn() !== null, run: takeNextExample },
    moving('debugger.previousInsertion', 'Go to the previous insertion', '[', 'previous-insertion'),
    moving('debugger.nextInsertion', 'Go to the next insertion', ']', 'next-insertion'),
    moving('debugger.firstToken', 'Go to the first token', null, 'first'),
    moving('debugger.lastToken', 'Go to the newest token and follow', null, 'last'),
  ]
}
