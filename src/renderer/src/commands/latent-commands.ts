/** @file Commands over the latent lab; they do not know buttons or keys beyond their names. */
import type { Router } from 'vue-router'
import { failureModeSchema } from '../../../shared/domain/evaluation.ts'
import type { useLatentsStore } from '../stores/latents.ts'
import type { Command } from './command.ts'
import type { DebuggerStores } from './debugger-stores.ts'
import { openStep } from './open-step.ts'

export const latentCommandIds = {
  open: 'app.latents',
  cluster: 'latents.cluster',
  measure: 'latents.measure',
  clear: 'latents.clear',
  next: 'latents.next',
  previous: 'latents.previous',
  openTrace: 'latents.openTrace',
} as const

export interface LatentStores extends Pick<DebuggerStores, 'session' | 'selection' | 'draft'> {
  latents: ReturnType<typeof useLatentsStore>
}

export function createLatentCommands(stores: LatentStores, router: Router): Command[] {
  const { latents: store } = stores
  const isHere = (): boolean => router.currentRoute.value.name === 'latents'
  const hasPoints = (): boolean => isHere() && store.points !== null
  const hasCurrent = (): boolean => isHere() && store.currentResult !== null

  function move(by: number): void {
    const results = store.pickedResults
    const at = results.findIndex(({ runId, sampleId, repeat }) => runId === store.currentResult?.runId && sampleId === store.currentResult.sampleId && repeat === store.currentResult.repeat)
    const next = results[Math.max(0, Math.min(results.length - 1, at + by))]
    if (next !== undefined) store.pickResult(next)
  }

  async function openTrace(): Promise<void> {
    const place = await store.openTrace()
    if (place !== null) await openStep(stores, router, place)
  }

  return [
    { id: latentCommandIds.open, title: 'Open the latent lab', shortcut: 'Alt+9', isEnabled: () => true, run: () => void router.push({ name: 'latents', query: store.runIds.length === 0 ? {} : { runs: store.runIds.join(',') } }) },
    { id: latentCommandIds.cluster, title: 'Cluster the points', shortcut: 'Shift+C', isEnabled: hasPoints, run: () => store.cluster() },
    { id: latentCommandIds.measure, title: 'Measure distances to context and trajectory', shortcut: null, isEnabled: () => hasPoints() && store.look.side === 'projected', run: () => store.measure() },
    { id: latentCommandIds.clear, title: 'Let the picked points go', shortcut: 'X', isEnabled: () => isHere() && store.picked.length > 0, run: () => store.pick([]) },
    { id: latentCommandIds.next, title: 'Next picked result', shortcut: 'J', isEnabled: hasCurrent, run: () => move(1) },
    { id: latentCommandIds.previous, title: 'Previous picked result', shortcut: 'K', isEnabled: hasCurrent, run: () => move(-1) },
    { id: latentCommandIds.openTrace, title: 'Open the picked block in the debugger', shortcut: 'O', isEnabled: hasCurrent, run: openTrace },
    ...failureModeSchema.options.map((mode, index): Command => ({
      id: `latents.label.${mode}`,
      title: `Label the picked result: ${mode.replaceAll('-', ' ')}`,
      shortcut: String(index + 1),
      isEnabled: hasCurrent,
      run: () => store.label(mode),
    })),
  ]
}
