/** @file The commands over the next experiment; it does not know buttons or keys beyond their names. */
import type { Router } from 'vue-router'
import type { EvaluationRun } from '../../../shared/domain/evaluation.ts'
import type { useEvaluationsStore } from '../stores/evaluations.ts'
import type { useExperimentDraftStore } from '../stores/experiment-draft.ts'
import type { Command } from './command.ts'

export interface ExperimentStores {
  evaluations: ReturnType<typeof useEvaluationsStore>
  experimentDraft: ReturnType<typeof useExperimentDraftStore>
}

export const experimentCommandIds = {
  open: 'experiments.open',
  demo: 'experiments.demo',
  ablation: 'experiments.ablation',
  reset: 'experiments.reset',
  start: 'experiments.start',
} as const

export function createExperimentCommands({ evaluations, experimentDraft }: ExperimentStores, router: Router): Command[] {
  const isHere = (): boolean => router.currentRoute.value.name === 'new-experiment'

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
    { id: experimentCommandIds.reset, title: 'Empty the experiment’s form', shortcut: null, isEnabled: isHere, run: () => experimentDraft.reset() },
    { id: experimentCommandIds.start, title: 'Start this experiment', shortcut: 'Alt+Enter', isEnabled: () => isHere() && experimentDraft.request !== null && !experimentDraft.isStarting, run: () => show(experimentDraft.start()) },
  ]
}
