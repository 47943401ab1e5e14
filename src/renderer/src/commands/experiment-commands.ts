/** @file The commands over the next experiment; it does not know buttons or keys beyond their names. */
import type { Router } from 'vue-router'
import type { EvaluationRun } from '../../../shared/domain/evaluation.ts'
import type { useEvaluationsStore } from '../stores/evaluations.ts'
import type { useExperimentDraftStore } from '../stores/experiment-draft.ts'
import type { useRunListStore } from '../stores/run-list.ts'
import type { Command } from './command.ts'

export interface ExperimentStores {
  evaluations: ReturnType<typeof useEvaluationsStore>
  runList: ReturnType<typeof useRunListStore>
  experimentDraft: ReturnType<typeof useExperimentDraftStore>
}

export const experimentCommandIds = {
  open: 'experiments.open',
  demo: 'experiments.demo',
  ablation: 'experiments.ablation',
  ablationOf: 'experiments.ablationOf',
  again: 'experiments.again',
  reset: 'experiments.reset',
  start: 'experiments.start',
} as const

export function createExperimentCommands({ evaluations, runList, experimentDraft }: ExperimentStores, router: Router): Command[] {
  const isHere = (): boolean => router.currentRoute.value.name === 'new-experiment'

  /** The only run that is selected, on the page where runs are. */
  const chosen = (): EvaluationRun | null => (router.currentRoute.value.name === 'runs' && runList.selectedRuns.length === 1 ? (runList.selectedRuns[0] ?? null) : null)

  async function fill(take: (run: EvaluationRun) => Promise<boolean>): Promise<void> {
    const run = chosen()
    if (run !== null && (await take(run))) await router.push({ name: 'new-experiment' })
  }

  async function show(started: Promise<readonly EvaluationRun[] | null>): Promise<void> {
    const runs = await started
    if (runs === null) return
    evaluations.replace(runs)
    await router.push({ name: 'runs' })
  }

  return [
    { id: experimentCommandIds.open, title: 'New experiment', shortcut: 'Alt+X', isEnabled: () => true, run: () => void router.push({ name: 'new-experiment' }) },
    { id: experimentCommandIds.demo, title: 'Run the demo’s ablation set', shortcut: null, isEnabled: () => experimentDraft.demoModel !== null && !experimentDraft.isStarting, run: () => show(experimentDraft.startDemo()) },
    { id: experimentCommandIds.ablation, title: 'Compare with every policy of the paper’s ablation', shortcut: null, isEnabled: isHere, run: () => experimentDraft.takeAblationArms() },
    { id: experimentCommandIds.ablationOf, title: 'New experiment: the ablation set of the selected run', shortcut: 'A', isEnabled: () => chosen() !== null, run: () => fill((run) => experimentDraft.takeAblationOf(run.id)) },
    { id: experimentCommandIds.again, title: 'New experiment like that of the selected run', shortcut: 'E', isEnabled: () => chosen() !== null, run: () => fill((run) => experimentDraft.takeExperiment(run.experimentId)) },
    { id: experimentCommandIds.reset, title: 'Empty the experiment’s form', shortcut: null, isEnabled: isHere, run: () => experimentDraft.reset() },
    { id: experimentCommandIds.start, title: 'Start this experiment', shortcut: 'Alt+Enter', isEnabled: () => isHere() && experimentDraft.request !== null && !experimentDraft.isStarting, run: () => show(experimentDraft.start()) },
  ]
}
