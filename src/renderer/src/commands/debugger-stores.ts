/** @file What the debugger's commands act on, and the way to a trace's address. */
import type { Router } from 'vue-router'
import type { useBranchesStore } from '../stores/branches.ts'
import type { useChangeStore } from '../stores/change.ts'
import type { useComparisonStore } from '../stores/comparison.ts'
import type { useDraftStore } from '../stores/draft.ts'
import type { useEngineStore } from '../stores/engine.ts'
import type { useLayoutStore } from '../stores/layout.ts'
import type { useModelsStore } from '../stores/models.ts'
import type { useSelectionStore } from '../stores/selection.ts'
import type { useSessionStore } from '../stores/session.ts'
import type { useTabsStore } from '../stores/tabs.ts'
import type { TraceId } from '../../../shared/domain/identifiers.ts'

export interface DebuggerStores {
  branches: ReturnType<typeof useBranchesStore>
  change: ReturnType<typeof useChangeStore>
  comparison: ReturnType<typeof useComparisonStore>
  draft: ReturnType<typeof useDraftStore>
  engine: ReturnType<typeof useEngineStore>
  layout: ReturnType<typeof useLayoutStore>
  models: ReturnType<typeof useModelsStore>
  selection: ReturnType<typeof useSelectionStore>
  session: ReturnType<typeof useSessionStore>
  tabs: ReturnType<typeof useTabsStore>
}

export async function goToTrace(router: Router, traceId: TraceId): Promise<void> {
  await router.push({ name: 'trace', params: { traceId } })
}

/** Where the trace on screen was made by this page, not read by its address. */
export async function goToShownTrace(router: Router, session: DebuggerStores['session']): Promise<void> {
  if (session.header !== null && session.failure === null) await goToTrace(router, session.header.id)
}
