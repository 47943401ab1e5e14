/** @file Commands over a comparison of runs: its runs, its baseline, going through samples, the debugger. It does not know buttons or keys beyond their names. */
import type { Router } from 'vue-router'
import type { ComparedSide, useComparisonRunsStore } from '../stores/comparison-runs.ts'
import type { Command } from './command.ts'
import type { DebuggerStores } from './debugger-stores.ts'
import { openStep } from './open-step.ts'

export const compareCommandIds = {
  open: 'app.compare',
  openPaper: 'app.paper',
  chooseRuns: 'compare.chooseRuns',
  swap: 'compare.swap',
  humanVerdicts: 'compare.humanVerdicts',
  page: 'compare.page',
  next: 'compare.next',
  previous: 'compare.previous',
  onlyDifferent: 'compare.onlyDifferent',
  allSamples: 'compare.allSamples',
  openOther: 'compare.openOther',
  openBaseline: 'compare.openBaseline',
  otherResult: 'compare.otherResult',
  baselineResult: 'compare.baselineResult',
  exportReport: 'compare.exportReport',
} as const

export interface CompareStores extends Pick<DebuggerStores, 'session' | 'selection' | 'draft'> {
  comparisonRuns: ReturnType<typeof useComparisonRunsStore>
}

export function createCompareCommands(stores: CompareStores, router: Router): Command[] {
  const { comparisonRuns: store } = stores
  const isHere = (): boolean => router.currentRoute.value.name === 'compare'
  const canCompare = (): boolean => isHere() && store.isComparable
  const hasSample = (): boolean => canCompare() && store.address.page === 'samples' && store.selected !== undefined

  async function openTrace(side: ComparedSide): Promise<void> {
    const place = await store.openTrace(side)
    if (place !== null) await openStep(stores, router, place)
  }

  function showResult(side: ComparedSide): void {
    const [runId, detail] = side === 'baseline' ? [store.address.baselineId, store.details[0]] : [store.otherId, store.details[1]]
    if (runId === null || detail === null) return
    const { sampleId, repeat } = detail.result
    void router.push({ name: 'run', params: { runId }, query: { search: sampleId, repeat } })
  }

  return [
    { id: compareCommandIds.open, title: 'Open the comparison of runs', shortcut: 'Alt+8', isEnabled: () => true, run: () => void router.push({ name: 'compare', query: store.query }) },
    { id: compareCommandIds.openPaper, title: 'Open the paper’s tables', shortcut: null, isEnabled: () => true, run: () => void router.push({ name: 'paper' }) },
    { id: compareCommandIds.chooseRuns, title: 'Choose the runs to compare', shortcut: 'A', isEnabled: canCompare, run: () => void (store.isChoosing = !store.isChoosing) },
    { id: compareCommandIds.swap, title: 'Swap the baseline with the other run', shortcut: 'S', isEnabled: canCompare, run: () => store.swap() },
    { id: compareCommandIds.humanVerdicts, title: 'Human verdicts overrule scores, or not', shortcut: 'H', isEnabled: canCompare, run: () => store.change({ usesHumanVerdicts: !store.address.usesHumanVerdicts }) },
    { id: compareCommandIds.page, title: 'Summary or samples', shortcut: 'V', isEnabled: canCompare, run: () => store.change({ page: store.address.page === 'samples' ? 'summary' : 'samples' }) },
    { id: compareCommandIds.next, title: 'Next sample', shortcut: 'J', isEnabled: hasSample, run: () => store.move(1) },
    { id: compareCommandIds.previous, title: 'Previous sample', shortcut: 'K', isEnabled: hasSample, run: () => store.move(-1) },
    { id: compareCommandIds.onlyDifferent, title: 'Only samples with different verdicts, or all', shortcut: 'D', isEnabled: canCompare, run: () => store.change({ page: 'samples', onlyDifferent: !store.address.onlyDifferent }) },
    { id: compareCommandIds.allSamples, title: 'List all samples again', shortcut: 'X', isEnabled: () => canCompare() && (store.address.cell !== null || store.address.onlyDifferent || store.address.search !== ''), run: () => store.change({ cell: null, onlyDifferent: false, search: '' }) },
    { id: compareCommandIds.openOther, title: 'Open the other run’s generation in the debugger', shortcut: 'O', isEnabled: () => hasSample() && !store.isBusy && store.details[1] !== null, run: () => openTrace('other') },
    { id: compareCommandIds.exportReport, title: 'Export this comparison as a page', shortcut: 'E', isEnabled: () => canCompare() && !store.isBusy && store.comparison !== null, run: () => store.exportReport() },
    { id: compareCommandIds.openBaseline, title: 'Open the baseline’s generation in the debugger', shortcut: 'Shift+O', isEnabled: () => hasSample() && !store.isBusy && store.details[0] !== null, run: () => openTrace('baseline') },
    { id: compareCommandIds.otherResult, title: 'Show this sample among the other run’s results', shortcut: 'R', isEnabled: () => hasSample() && store.details[1] !== null, run: () => showResult('other') },
    { id: compareCommandIds.baselineResult, title: 'Show this sample among the baseline’s results', shortcut: 'Shift+R', isEnabled: () => hasSample() && store.details[0] !== null, run: () => showResult('baseline') },
  ]
}
