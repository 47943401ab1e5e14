/** @file Tells the tour what is on screen. It does not know the stops. */
import { useBranchesStore } from '../stores/branches.ts'
import { useComparisonStore } from '../stores/comparison.ts'
import { useSelectionStore } from '../stores/selection.ts'
import { useSessionStore } from '../stores/session.ts'
import { useTourStore } from '../stores/tour.ts'

export function useTourScene(): void {
  const session = useSessionStore()
  const selection = useSelectionStore()
  const branches = useBranchesStore()
  const comparison = useComparisonStore()
  useTourStore().watchScene(() => ({
    stepCount: session.steps.length,
    hasFinished: session.state?.kind === 'finished',
    isBlockSelected: selection.selectedStep?.weaveId != null,
    branchCount: branches.headers.length,
    isComparing: comparison.isOpen,
  }))
}
