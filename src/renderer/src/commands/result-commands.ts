/** @file Commands over a run's results: going through them, judging by hand, opening one in the debugger. It does not know buttons or keys beyond their names. */
import type { Router } from 'vue-router'
import { failureModeSchema } from '../../../shared/domain/evaluation.ts'
import type { useResultsStore } from '../stores/results.ts'
import { failureModeTitles } from '../stores/verdicts.ts'
import type { Command } from './command.ts'
import type { DebuggerStores } from './debugger-stores.ts'
import { openStep } from './open-step.ts'

export const resultCommandIds = {
  next: 'results.next',
  previous: 'results.previous',
  right: 'results.right',
  wrong: 'results.wrong',
  takeBack: 'results.takeBack',
  openTrace: 'results.openTrace',
  compare: 'results.compare',
  failureMode: (index: number) => `results.failureMode.${index}`,
} as const

export interface ResultStores extends Pick<DebuggerStores, 'session' | 'selection' | 'draft'> {
  results: ReturnType<typeof useResultsStore>
}

export function createResultCommands(stores: ResultStores, router: Router): Command[] {
  const { results } = stores
  const isHere = (): boolean => router.currentRoute.value.name === 'run'
  const hasResult = (): boolean => isHere() && results.selected !== undefined

  async function openTrace(): Promise<void> {
    const place = await results.openTrace()
    if (place !== null) await openStep(stores, router, place)
  }

  return [
    { id: resultCommandIds.next, title: 'Next result', shortcut: 'J', isEnabled: hasResult, run: () => results.move(1) },
    { id: resultCommandIds.previous, title: 'Previous result', shortcut: 'K', isEnabled: hasResult, run: () => results.move(-1) },
    { id: resultCommandIds.right, title: 'Judge this result right', shortcut: 'R', isEnabled: hasResult, run: () => results.judge(true) },
    { id: resultCommandIds.wrong, title: 'Judge this result wrong', shortcut: 'W', isEnabled: hasResult, run: () => results.judge(false) },
    { id: resultCommandIds.takeBack, title: 'Take back my verdict', shortcut: 'U', isEnabled: () => hasResult() && results.selected?.human != null, run: () => results.takeBack() },
    ...failureModeSchema.options.map((mode, index): Command => ({ id: resultCommandIds.failureMode(index), title: `Failure mode: ${failureModeTitles[mode]}`, shortcut: String(index + 1), isEnabled: hasResult, run: () => results.label(mode) })),
    { id: resultCommandIds.openTrace, title: 'Open this result in the debugger', shortcut: 'O', isEnabled: () => hasResult() && !results.isBusy, run: openTrace },
    { id: resultCommandIds.compare, title: 'Compare this run with others', shortcut: 'C', isEnabled: () => isHere() && results.runId !== null, run: () => void router.push({ name: 'compare', query: { runs: results.runId } }) },
  ]
}
