/** @file Starting, stepping, pausing and going back, over the stores; it does not know buttons or keys beyond their names. */
import type { Router } from 'vue-router'
import { nextExample } from '../stores/draft-content.ts'
import type { Movement } from '../stores/move-selection.ts'
import type { AdvanceOptions, RunStops } from '../stores/run-stops.ts'
import type { AdvanceUntil } from '../../../shared/domain/session.ts'
import type { Command } from './command.ts'
import { goToShownTrace, type DebuggerStores } from './debugger-stores.ts'

export const debuggerCommandIds = {
  start: 'debugger.start',
  step: 'debugger.step',
  stepBack: 'debugger.stepBack',
  phase: 'debugger.phase',
  nextCandidate: 'debugger.nextCandidate',
  nextDecision: 'debugger.nextDecision',
  nextInsertion: 'debugger.nextInsertion',
  runToCursor: 'debugger.runToCursor',
  continue: 'debugger.continue',
  runToEnd: 'debugger.runToEnd',
  pause: 'debugger.pause',
  restart: 'debugger.restart',
  toggleTwin: 'debugger.toggleTwin',
  certify: 'debugger.certify',
} as const
const ids = debuggerCommandIds

/** @param breakpoints what stops runs, asked for at the beginning of each */
export function createDebuggerCommands(stores: DebuggerStores, breakpoints: () => RunStops, router: Router): Command[] {
  const { draft, engine, models, selection, session, tabs } = stores

  function canOpen(): boolean {
    return draft.request !== null && session.phase !== 'opening'
  }

  /** Over the record while there is some ahead, else with the engine; without a trace, one is started first. */
  function canAdvance(): boolean {
    if (session.phase !== 'ready') return session.phase === 'empty' && canOpen()
    return !session.isWalking && (!session.isAtEnd || session.canGoOn)
  }

  async function start(): Promise<void> {
    const request = draft.request
    if (request === null) return
    await session.open(request, () => engine.load(request.modelId))
    await goToShownTrace(router, session)
  }

  async function advance(until: AdvanceUntil, options: AdvanceOptions = {}): Promise<void> {
    if (session.phase === 'empty') await start()
    if (session.header === null) return
    selection.follow()
    await session.advance(until, options)
  }

  function advancing(id: string, title: string, shortcut: string, until: AdvanceUntil): Command {
    // A single step or phase stops by itself: breakpoints have nothing to add.
    return { id, title, shortcut, isEnabled: canAdvance, run: () => advance(until, { stops: until === 'step' || until === 'phase' ? null : breakpoints() }) }
  }

  function selectedStep(): number | null {
    return selection.selection?.kind === 'step' && selection.selection.index !== session.cursor ? selection.selection.index : null
  }

  async function runToCursor(): Promise<void> {
    const target = selectedStep()
    if (target === null) return
    if (target < session.cursor) moveTo(target)
    else await advance('end', { stops: breakpoints(), stopAfter: target })
  }

  function moveTo(index: number): void {
    session.moveTo(index)
    selection.follow()
  }

  function stepBack(): void {
    session.stepBack()
    selection.follow()
  }

  async function restart(): Promise<void> {
    engine.dismissLoss()
    tabs.replaceOpen()
    await session.restart()
    await goToShownTrace(router, session)
  }

  function exampleInTurn(): string | null {
    return nextExample(draft.draft, models.models ?? [])
  }

  async function takeNextExample(): Promise<void> {
    const example = exampleInTurn()
    if (example !== null) draft.takeExample(example, models.models ?? [])
    await router.push({ name: 'debugger' })
  }

  const hasTrace = (): boolean => session.phase === 'ready'
  function moving(id: string, title: string, shortcut: string | null, movement: Movement): Command {
    return { id, title, shortcut, isEnabled: hasTrace, run: () => selection.move(movement) }
  }

  return [
    { id: ids.start, title: 'Start a new trace from the prompt panel', shortcut: 'Mod+Enter', isEnabled: canOpen, run: start },
    advancing(ids.step, 'Step', 'F10', 'step'),
    { id: ids.stepBack, title: 'Step back', shortcut: 'Shift+F10', isEnabled: () => hasTrace() && (session.cursor >= 0 || session.pending !== null) && !session.isWalking, run: stepBack },
    advancing(ids.phase, 'Next phase: decide, weave, decode', 'F11', 'phase'),
    advancing(ids.nextCandidate, 'Next delimiter', 'Shift+F11', 'candidate'),
    advancing(ids.nextDecision, 'Next decision', 'Ctrl+F11', 'decision'),
    advancing(ids.nextInsertion, 'Next insertion', 'Ctrl+Shift+F11', 'insertion'),
    advancing(ids.continue, 'Continue', 'F5', 'end'),
    { id: ids.runToEnd, title: 'Run to the end past every breakpoint', shortcut: 'Ctrl+F5', isEnabled: canAdvance, run: () => advance('end') },
    { id: ids.runToCursor, title: 'Run or go back to the selected token', shortcut: 'Ctrl+F10', isEnabled: () => hasTrace() && !session.isWalking && selectedStep() !== null, run: runToCursor },
    { id: ids.pause, title: 'Pause', shortcut: 'F6', isEnabled: () => session.state?.kind === 'running' || session.isWalking, run: () => session.pause() },
    { id: ids.restart, title: 'Restart', shortcut: 'Ctrl+Shift+F5', isEnabled: hasTrace, run: restart },
    { id: 'debugger.toStart', title: 'Go to the start of the trace', shortcut: 'Shift+Home', isEnabled: () => hasTrace() && session.cursor >= 0, run: () => moveTo(-1) },
    { id: 'debugger.toEnd', title: 'Go to the end of the trace and follow', shortcut: 'Shift+End', isEnabled: hasTrace, run: () => moveTo(session.steps.length - 1) },
    { id: ids.toggleTwin, title: 'Let the vanilla twin run alongside, or no more', shortcut: 'Shift+M', isEnabled: () => true, run: () => void (session.isTwinWanted = !session.isTwinWanted) },
    { id: ids.certify, title: 'Certify: run again from the record and compare', shortcut: 'Shift+V', isEnabled: () => hasTrace() && session.steps.length > 0 && session.state?.kind !== 'running' && !session.isCertifying, run: () => session.certify() },
    { id: 'debugger.nextExample', title: 'Take the model’s next example as prompt', shortcut: 'Alt+E', isEnabled: () => exampleInTurn() !== null, run: takeNextExample },
    moving('debugger.selectPreviousInsertion', 'Select the previous insertion', '[', 'previous-insertion'),
    moving('debugger.selectNextInsertion', 'Select the next insertion', ']', 'next-insertion'),
    moving('debugger.firstToken', 'Select the first token', null, 'first'),
    moving('debugger.lastToken', 'Select the newest token', null, 'last'),
  ]
}
