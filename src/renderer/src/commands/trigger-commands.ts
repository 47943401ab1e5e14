/** @file Commands over the statistics of triggers; they do not know buttons or keys beyond their names. */
import type { Router } from 'vue-router'
import { draftOfRequest } from '../stores/experiment-draft-content.ts'
import type { useExperimentDraftStore } from '../stores/experiment-draft.ts'
import type { useTriggersStore } from '../stores/triggers.ts'
import type { Command } from './command.ts'

export const triggerCommandIds = { open: 'app.triggers', ablation: 'triggers.ablation' } as const

export interface TriggerStores {
  triggers: ReturnType<typeof useTriggersStore>
  experimentDraft: ReturnType<typeof useExperimentDraftStore>
}

export function createTriggerCommands({ triggers, experimentDraft }: TriggerStores, router: Router): Command[] {
  async function draftAblation(): Promise<void> {
    const request = await triggers.ablationSet()
    if (request === null) return
    experimentDraft.change(draftOfRequest(request))
    await router.push({ name: 'new-experiment' })
  }

  return [
    { id: triggerCommandIds.open, title: 'Open trigger statistics', shortcut: null, isEnabled: () => true, run: () => void router.push({ name: 'triggers', query: triggers.runIds.length === 0 ? {} : { runs: triggers.runIds.join(',') } }) },
    { id: triggerCommandIds.ablation, title: 'Draft the ablation set of the first run: vanilla, prompt-only, random, always, trigger', shortcut: null, isEnabled: () => router.currentRoute.value.name === 'triggers' && triggers.runIds.length > 0, run: draftAblation },
  ]
}
