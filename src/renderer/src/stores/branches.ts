/** @file Every branch of the run on screen. It does not know how the tree is drawn. */
import { defineStore } from 'pinia'
import { computed, shallowRef, watch } from 'vue'
import { describeFailure, type Failure } from '../api/failure.ts'
import type { TraceId } from '../../../shared/domain/identifiers.ts'
import type { TraceHeader } from '../../../shared/domain/trace.ts'
import { branchRows } from './branch-tree.ts'
import { useHost } from './host.ts'
import { useSessionStore } from './session.ts'

export const useBranchesStore = defineStore('branches', () => {
  const { client } = useHost()
  const session = useSessionStore()
  const headers = shallowRef<readonly TraceHeader[]>([])
  const failure = shallowRef<Failure | null>(null)
  let asked = 0

  /** What is on screen is newer than what was read of it. */
  const current = computed(() => headers.value.map((header) => (header.id === session.header?.id ? { ...session.header, stepCount: session.steps.length, weaveCount: session.weaves.length } : header)))
  const rows = computed(() => branchRows(current.value))
  const parent = computed(() => headers.value.find(({ id }) => id === session.header?.parent?.traceId) ?? null)

  watch([() => session.header?.id, () => session.state?.kind === 'finished'], () => refresh(), { immediate: true })

  async function refresh(): Promise<void> {
    const header = session.header
    asked += 1
    const question = asked
    if (header === null) {
      headers.value = []
      return
    }
    if (headers.value[0]?.runId !== header.runId) headers.value = [header]
    try {
      const { traces } = await client.log.branches({ traceId: header.id })
      if (question !== asked) return
      headers.value = traces
      failure.value = null
    } catch (error) {
      if (question === asked) failure.value = describeFailure(error)
    }
  }

  /** The branch so many rows away in the tree; null beyond its ends. */
  function beside(by: number): TraceId | null {
    const index = rows.value.findIndex(({ header }) => header.id === session.header?.id)
    return index < 0 ? null : (rows.value[index + by]?.header.id ?? null)
  }

  return { headers: current, rows, parent, failure, refresh, beside }
})
