/** @file Going from a list to a token in the debugger. It does not know the list. */
import { useRouter } from 'vue-router'
import { openStep } from '../commands/open-step.ts'
import type { StepPlace } from '../stores/step-place.ts'
import { useDraftStore } from '../stores/draft.ts'
import { useSelectionStore } from '../stores/selection.ts'
import { useSessionStore } from '../stores/session.ts'

export function useOpenStep(): (place: StepPlace) => Promise<void> {
  const stores = { session: useSessionStore(), selection: useSelectionStore(), draft: useDraftStore() }
  const router = useRouter()
  return (place) => openStep(stores, router, place)
}
