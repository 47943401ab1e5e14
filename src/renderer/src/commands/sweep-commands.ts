/** @file The sweeps' commands over their stores; it does not know buttons or keys beyond their names. */
import type { Router } from 'vue-router'
import type { useDraftStore } from '../stores/draft.ts'
import type { useEngineStore } from '../stores/engine.ts'
import type { useSessionStore } from '../stores/session.ts'
import type { useSweepDraftStore } from '../stores/sweep-draft.ts'
import type { useSweepsStore } from '../stores/sweeps.ts'
import type { MemoryPolicy } from '../../../shared/domain/memory-policy.ts'
import type { Command } from './command.ts'

export interface SweepStores {
  sweeps: ReturnType<typeof useSweepsStore>
  sweepDraft: ReturnType<typeof useSweepDraftStore>
  draft: ReturnType<typeof useDraftStore>
  engine: ReturnType<typeof useEngineStore>
  session: ReturnType<typeof useSessionStore>
}

export const sweepCommandIds = {
  open: 'app.sweeps',
  edit: 'sweeps.edit',
  forecast: 'sweeps.forecast',
  start: 'sweeps.start',
  pause: 'sweeps.pause',
  resume: 'sweeps.resume',
  openOutcome: 'sweeps.openOutcome',
} as const

export function createSweepCommands({ sweeps, sweepDraft, draft, engine, session }: SweepStores, router: Router): Command[] {
  const isHere = (name: string): boolean => router.currentRoute.value.name === name
  const canEdit = (): boolean => isHere('new-sweep') && sweepDraft.request !== null && sweepDraft.busy === null

  async function start(): Promise<void> {
    const sweep = await sweepDraft.start()
    if (sweep === null) return
    sweeps.replace(sweep)
    await router.push({ name: 'sweeps', params: { sweepId: sweep.id } })
  }

  /** A new trace that inserts at the selected outcome's candidates, and draws as the outcome did: for that one of a result is a branch of its replay. */
  async function openOutcome(): Promise<void> {
    const outcome = sweeps.selected
    const request = sweeps.sweep?.request
    if (outcome === null || request === undefined) return
    const { modelId, prompt, config: given, origin } = request
    const policy: MemoryPolicy = { kind: 'candidates', ordinals: [...outcome.candidates] }
    const config = { ...given, policy }
    if (origin === null) await session.open({ modelId, prompt, config }, () => engine.load(modelId))
    else {
      const replay = await sweeps.replayOf(origin)
      if (replay === null) return
      await session.reopen(replay)
      if (session.header?.id === replay) await session.fork(0, { kind: 'config', config })
    }
    if (session.header === null || session.failure !== null) return void (await router.push({ name: 'debugger' }))
    draft.takeFrom(session.header)
    await router.push({ name: 'trace', params: { traceId: session.header.id } })
  }

  return [
    { id: sweepCommandIds.open, title: 'Open sweeps', shortcut: 'Alt+5', isEnabled: () => true, run: () => void router.push({ name: 'sweeps' }) },
    { id: sweepCommandIds.edit, title: 'New sweep of the debugger’s prompt', shortcut: 'Alt+Shift+N', isEnabled: () => true, run: () => void router.push({ name: 'new-sweep' }) },
    { id: sweepCommandIds.forecast, title: 'Count this sweep’s subsets', shortcut: 'Alt+C', isEnabled: canEdit, run: () => sweepDraft.askForecast() },
    { id: sweepCommandIds.start, title: 'Start this sweep', shortcut: 'Alt+S', isEnabled: canEdit, run: start },
    { id: sweepCommandIds.pause, title: 'Pause the sweep', shortcut: 'Alt+Shift+P', isEnabled: () => isHere('sweeps') && sweeps.sweep?.status === 'running' && sweeps.requested === null, run: () => sweeps.act('pause') },
    {
      id: sweepCommandIds.resume,
      title: 'Resume the sweep',
      shortcut: 'Alt+Shift+R',
      isEnabled: () => isHere('sweeps') && (sweeps.sweep?.status === 'paused' || sweeps.sweep?.status === 'failed') && sweeps.requested === null,
      run: () => sweeps.act('resume'),
    },
    { id: sweepCommandIds.openOutcome, title: 'Open this outcome in the debugger', shortcut: 'Alt+O', isEnabled: () => isHere('sweeps') && sweeps.selected !== null, run: openOutcome },
  ]
}
