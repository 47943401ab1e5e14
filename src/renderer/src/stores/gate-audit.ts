/** @file What both delimiter gates say of one trace, its run or several: asked on demand, narrowed down, written as CSV. It does not know how the gates work. */
import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
import { describeFailure, type Failure } from '../api/failure.ts'
import type { GateAudit } from '../../../shared/domain/analysis.ts'
import type { TraceId } from '../../../shared/domain/identifiers.ts'
import { gateRows, type GateFilter } from './gate-rows.ts'
import { useHost } from './host.ts'
import { useSessionStore } from './session.ts'

/** The open trace, every branch of its beginning, or traces ticked in a list. */
export type AuditScope = 'trace' | 'run' | 'chosen'

export const useGateAuditStore = defineStore('gate-audit', () => {
  const { client } = useHost()
  const session = useSessionStore()
  const scope = shallowRef<AuditScope>('trace')
  const chosenIds = shallowRef<readonly TraceId[]>([])
  const filter = shallowRef<GateFilter>('disagreements')
  const audit = shallowRef<GateAudit | null>(null)
  /** What `audit` is about, as it was asked. */
  const auditedKey = shallowRef<string | null>(null)
  const failure = shallowRef<Failure | null>(null)
  const isAsking = shallowRef(false)
  let asking = new AbortController()

  const question = computed<{ traceIds: TraceId[] } | { runId: string } | null>(() => {
    if (scope.value === 'chosen') return chosenIds.value.length === 0 ? null : { traceIds: [...chosenIds.value] }
    if (session.header === null) return null
    return scope.value === 'trace' ? { traceIds: [session.header.id] } : { runId: session.header.runId }
  })
  const isCurrent = computed(() => audit.value !== null && auditedKey.value === JSON.stringify(question.value))
  const rows = computed(() => (audit.value === null ? [] : gateRows(audit.value, filter.value)))

  /** A further question takes the place of one under way. */
  async function ask(): Promise<void> {
    const asked = question.value
    asking.abort()
    if (asked === null) return
    asking = new AbortController()
    const { signal } = asking
    isAsking.value = true
    failure.value = null
    try {
      const answer = await client.analysis.gates(asked, { signal })
      if (signal.aborted) return
      audit.value = answer
      auditedKey.value = JSON.stringify(asked)
    } catch (error) {
      if (!signal.aborted) failure.value = describeFailure(error)
    } finally {
      if (!signal.aborted) isAsking.value = false
    }
  }

  function toggle(traceId: TraceId): void {
    chosenIds.value = chosenIds.value.includes(traceId) ? chosenIds.value.filter((id) => id !== traceId) : [...chosenIds.value, traceId]
  }

  return { scope, chosenIds, filter, audit, failure, isAsking, question, isCurrent, rows, ask, toggle }
})
