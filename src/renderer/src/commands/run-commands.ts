/** @file The commands over the list of runs and the runs selected in it; it does not know buttons or keys beyond their names. */
import type { Router } from 'vue-router'
import type { EvaluationRun, EvaluationStatus } from '../../../shared/domain/evaluation.ts'
import type { RunAction, useEvaluationsStore } from '../stores/evaluations.ts'
import type { RunPanel, useRunListStore } from '../stores/run-list.ts'
import type { Command } from './command.ts'

export interface RunStores {
  evaluations: ReturnType<typeof useEvaluationsStore>
  runList: ReturnType<typeof useRunListStore>
}

export const runCommandIds = {
  open: 'app.runs',
  search: 'runs.search',
  compare: 'runs.compare',
  latents: 'runs.latents',
  triggers: 'runs.triggers',
  tag: 'runs.tag',
  note: 'runs.note',
  star: 'runs.star',
  trash: 'runs.trash',
  restore: 'runs.restore',
  pause: 'runs.pause',
  resume: 'runs.resume',
  cancel: 'runs.cancel',
  toggleTrash: 'runs.toggleTrash',
} as const

const allowedIn: Readonly<Record<RunAction, readonly EvaluationStatus[]>> = {
  pause: ['queued', 'running'],
  resume: ['paused', 'failed'],
  cancel: ['queued', 'running', 'paused'],
}

/** More columns or colours would not be readable; the contract's limit for views over several runs. */
const MOST_TOGETHER = 50

export function createRunCommands({ evaluations, runList }: RunStores, router: Router): Command[] {
  const isHere = (): boolean => router.currentRoute.value.name === 'runs'
  const selected = (): readonly EvaluationRun[] => (isHere() ? runList.selectedRuns : [])
  const idsOf = (runs: readonly EvaluationRun[]): EvaluationRun['id'][] => runs.map(({ id }) => id)

  function acting(action: RunAction, title: string): Command {
    const concerned = (): readonly EvaluationRun[] => selected().filter(({ status, trashedAt }) => trashedAt === null && allowedIn[action].includes(status))
    return { id: runCommandIds[action], title, shortcut: null, isEnabled: () => concerned().length > 0, run: () => evaluations.act(action, idsOf(concerned())) }
  }

  function showing(id: string, title: string, shortcut: string, panel: RunPanel): Command {
    return { id, title, shortcut, isEnabled: () => selected().length > 0, run: () => runList.togglePanel(panel) }
  }

  const areFromTo = (least: number) => (): boolean => selected().length >= least && selected().length <= MOST_TOGETHER

  function going(id: string, title: string, shortcut: string, name: string): Command {
    return { id, title: `${title}, ${MOST_TOGETHER} at most`, shortcut, isEnabled: areFromTo(1), run: () => void router.push({ name, query: { runs: idsOf(selected()).join(',') } }) }
  }

  /** Memory is compared with no memory where such a run is among them, else with the oldest. */
  function compare(): void {
    const runs = selected()
    const oldestFirst = runs.toSorted((a, b) => a.createdAt - b.createdAt)
    const baseline = oldestFirst.find(({ plan }) => plan.config.policy.kind === 'vanilla') ?? oldestFirst[0]
    if (baseline !== undefined) void router.push({ name: 'compare', query: { runs: idsOf(runs).join(','), baseline: baseline.id } })
  }

  async function star(): Promise<void> {
    const runs = selected()
    await evaluations.annotate(idsOf(runs), { isStarred: runs.some(({ isStarred }) => !isStarred) })
  }

  const inTrash = (isTrashed: boolean) => (): readonly EvaluationRun[] => selected().filter(({ trashedAt }) => (trashedAt !== null) === isTrashed)
  const trashing = (isTrashed: boolean): Pick<Command, 'isEnabled' | 'run'> => ({
    isEnabled: () => inTrash(!isTrashed)().length > 0,
    run: () => evaluations.annotate(idsOf(inTrash(!isTrashed)()), { isTrashed }),
  })

  return [
    { id: runCommandIds.open, title: 'Open runs', shortcut: 'Alt+7', isEnabled: () => true, run: () => void router.push({ name: 'runs' }) },
    { id: runCommandIds.search, title: 'Filter the runs', shortcut: '/', isEnabled: isHere, run: () => runList.askForFilter() },
    { id: runCommandIds.compare, title: `Compare the selected runs, ${MOST_TOGETHER} at most`, shortcut: 'C', isEnabled: areFromTo(2), run: compare },
    going(runCommandIds.latents, 'Look at the latents of the selected runs', 'L', 'latents'),
    going(runCommandIds.triggers, 'Show where the selected runs inserted memory', 'T', 'triggers'),
    showing(runCommandIds.tag, 'Tag the selected runs', '#', 'tags'),
    showing(runCommandIds.note, 'Note something on the selected runs', 'N', 'note'),
    { id: runCommandIds.star, title: 'Give the selected runs a star, or take it', shortcut: 'S', isEnabled: () => selected().length > 0, run: star },
    acting('pause', 'Pause the selected runs'),
    acting('resume', 'Resume the selected runs'),
    acting('cancel', 'Cancel the selected runs for good'),
    { id: runCommandIds.trash, title: 'Move the selected runs to the trash', shortcut: 'Delete', ...trashing(true) },
    { id: runCommandIds.restore, title: 'Restore the selected runs from the trash', shortcut: 'R', ...trashing(false) },
    { id: runCommandIds.toggleTrash, title: 'Show the runs in the trash, or those that are not', shortcut: null, isEnabled: isHere, run: () => runList.change({ showsTrash: !runList.view.showsTrash }) },
  ]
}
