/** @file Shows a step of a recorded trace in the debugger, wherever one comes from. */
import type { Router } from 'vue-router'
import { traceIdSchema } from '../../../shared/domain/identifiers.ts'
import type { StepPlace } from '../stores/step-place.ts'
import { goToTrace, type DebuggerStores } from './debugger-stores.ts'

/** Shows the trace with that token selected; the debugger says so where the trace cannot be read. */
export async function openStep({ session, selection, draft }: Pick<DebuggerStores, 'session' | 'selection' | 'draft'>, router: Router, { traceId, stepIndex }: StepPlace): Promise<void> {
  const id = traceIdSchema.parse(traceId)
  if (session.header?.id !== id) {
    await session.reopen(id)
    if (session.header?.id === id) draft.takeFrom(session.header)
  }
  await goToTrace(router, id)
  if (session.header?.id === id) selection.select({ kind: 'step', index: stepIndex })
}
