/** @file The training runs' commands over their stores; it does not know buttons or keys beyond their names. */
import type { Router } from 'vue-router'
import type { useImportedCurvesStore } from '../stores/imported-curves.ts'
import type { useTrainingDraftStore } from '../stores/training-draft.ts'
import type { TrainingAction, useTrainingStore } from '../stores/training.ts'
import { isUnderWay, type TrainingStatus } from '../../../shared/domain/training-run.ts'
import type { Command } from './command.ts'

export interface TrainingStores {
  training: ReturnType<typeof useTrainingStore>
  trainingDraft: ReturnType<typeof useTrainingDraftStore>
  importedCurves: ReturnType<typeof useImportedCurvesStore>
}

export const trainingCommandIds = {
  open: 'app.train',
  edit: 'training.edit',
  check: 'training.check',
  start: 'training.start',
  pause: 'training.pause',
  stop: 'training.stop',
  resume: 'training.resume',
  addModel: 'training.add-model',
  rename: 'training.rename',
  trash: 'training.trash',
  restore: 'training.restore',
  toggleTrash: 'training.toggle-trash',
  removeBeside: 'training.remove-beside',
} as const

const allowedIn: Readonly<Record<TrainingAction, readonly TrainingStatus[]>> = {
  pause: ['queued', 'running'],
  stop: ['queued', 'running', 'paused', 'interrupted'],
  resume: ['paused', 'stopped', 'interrupted', 'failed'],
}

export function createTrainingCommands({ training, trainingDraft, importedCurves }: TrainingStores, router: Router): Command[] {
  const isHere = (name: string): boolean => router.currentRoute.value.name === name

  function canAct(action: TrainingAction): boolean {
    return isHere('train') && training.run !== null && training.run.trashedAt === null && training.requested === null && allowedIn[action].includes(training.run.status)
  }

  function acting(action: TrainingAction, title: string): Command {
    return { id: trainingCommandIds[action], title, shortcut: null, isEnabled: () => canAct(action), run: () => training.act(action) }
  }

  /** The run stays on screen, so that what was done can be undone at once. */
  async function trash(isTrashed: boolean): Promise<void> {
    if (training.run === null) return
    const runId = training.run.id
    await router.replace({ name: 'train', params: { runId } })
    await training.annotate(runId, { isTrashed })
  }

  async function start(): Promise<void> {
    const run = await trainingDraft.start()
    if (run === null) return
    training.replace(run)
    training.showsTrash = false
    // Starting the same config again goes on with the run that is watched already.
    training.watch(null)
    await router.push({ name: 'train', params: { runId: run.id } })
  }

  async function addModel(): Promise<void> {
    if (training.run?.lastCheckpoint == null) return
    const model = await training.addCheckpoint(training.run.lastCheckpoint)
    if (model !== null) await router.push({ name: 'models', params: { modelId: model.id } })
  }

  /** Each list begins with its newest run. */
  async function toggleTrash(): Promise<void> {
    training.showsTrash = !training.showsTrash
    if (isHere('train')) await router.push({ name: 'train' })
  }

  const canTrash = (): boolean => isHere('train') && training.run !== null && training.run.trashedAt === null && !isUnderWay(training.run.status)
  const canEdit = (): boolean => isHere('new-training') && trainingDraft.busy === null
  return [
    { id: trainingCommandIds.open, title: 'Open training', shortcut: 'Alt+4', isEnabled: () => true, run: () => void router.push({ name: 'train' }) },
    { id: trainingCommandIds.edit, title: 'New training run', shortcut: 'Alt+N', isEnabled: () => true, run: () => void router.push({ name: 'new-training' }) },
    { id: trainingCommandIds.check, title: 'Check this training run', shortcut: null, isEnabled: canEdit, run: () => trainingDraft.check() },
    { id: trainingCommandIds.start, title: 'Start this training run', shortcut: 'Alt+Enter', isEnabled: canEdit, run: start },
    acting('pause', 'Pause training'),
    acting('stop', 'Stop training'),
    acting('resume', 'Resume training'),
    { id: trainingCommandIds.addModel, title: 'Add the newest checkpoint to the models', shortcut: null, isEnabled: () => isHere('train') && training.run?.lastCheckpoint != null, run: addModel },
    { id: trainingCommandIds.rename, title: 'Give this training run another name', shortcut: null, isEnabled: () => isHere('train') && training.run !== null, run: () => void (training.isRenaming = true) },
    { id: trainingCommandIds.trash, title: 'Move this training run to the trash', shortcut: null, isEnabled: canTrash, run: () => trash(true) },
    { id: trainingCommandIds.restore, title: 'Restore this training run from the trash', shortcut: null, isEnabled: () => isHere('train') && training.run !== null && training.run.trashedAt !== null, run: () => trash(false) },
    { id: trainingCommandIds.toggleTrash, title: 'Show the training runs in the trash, or those that are not', shortcut: null, isEnabled: () => isHere('train') || isHere('new-training'), run: toggleTrash },
    { id: trainingCommandIds.removeBeside, title: 'Put the curves beside the run into the trash', shortcut: null, isEnabled: () => isHere('train') && importedCurves.chosen !== null, run: () => importedCurves.remove() },
  ]
}
