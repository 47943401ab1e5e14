/** @file Going from a position of an audit to that token in the debugger. It does not know the table. */
import { useRouter } from 'vue-router'
import { traceIdSchema } from '../../../../shared/domain/identifiers.ts'
import { useDraftStore } from '../../stores/draft.ts'
import type { GateRow } from '../../stores/gate-rows.ts'
import { useSelectionStore } from '../../stores/selection.ts'
import { useSessionStore } from '../../stores/session.ts'

/** Shows the trace with that token selected; the debugger says so where the trace cannot be read. */
export function useOpenFinding(): (row: Pick<GateRow, 'traceId' | 'stepIndex'>) => Promise<void> {
  const router = useRouter()
  const session = useSessionStore()
  const selection = useSelectionStore()
  const draft = useDraftStore()
  return async ({ traceId, stepIndex }) => {
    const id = traceIdSchema.parse(traceId)
    if (session.header?.id !== id) {
      await session.reopen(id)
      if (session.header?.id === id) draft.takeFrom(session.header)
    }
    await router.push({ name: 'trace', params: { traceId: id } })
    if (session.header?.id === id) selection.select({ kind: 'step', index: stepIndex })
  }
}
