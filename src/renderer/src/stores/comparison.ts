/** @file Two branches open side by side. It does not know how they are laid out. */
import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
import { describeFailure, type Failure } from '../api/failure.ts'
import type { TraceId } from '../../../shared/domain/identifiers.ts'
import { stepsFromColumns, type StepOverview, type WeaveOverview } from '../../../shared/domain/trace-columns.ts'
import type { TraceHeader } from '../../../shared/domain/trace.ts'
import { forkOf } from './branch-tree.ts'
import { useBranchesStore } from './branches.ts'
import { firstDifference } from './compare-branches.ts'
import { useHost } from './host.ts'
import { useSessionStore } from './session.ts'

export interface ComparedBranch {
  header: TraceHeader
  steps: readonly StepOverview[]
  weaves: readonly WeaveOverview[]
}

export const useComparisonStore = defineStore('comparison', () => {
  const { client } = useHost()
  const session = useSessionStore()
  const branches = useBranchesStore()
  const recorded = shallowRef<readonly [ComparedBranch, ComparedBranch] | null>(null)
  const isLoading = shallowRef(false)
  const failure = shallowRef<Failure | null>(null)
  /** The step looked at in both. */
  const selectedStep = shallowRef<number | null>(null)
  let asked = 0

  /** The branch on screen is shown as it grows. */
  const pair = computed(() => recorded.value && ([upToDate(recorded.value[0]), upToDate(recorded.value[1])] as const))
  const fork = computed(() => (pair.value === null ? 0 : forkOf(pair.value[0].header, pair.value[1].header, [...branches.headers, pair.value[0].header, pair.value[1].header])))
  const difference = computed(() => pair.value && firstDifference(pair.value[0].steps, pair.value[1].steps, fork.value))
  const isOpen = computed(() => recorded.value !== null || isLoading.value || failure.value !== null)

  function upToDate(branch: ComparedBranch): ComparedBranch {
    return branch.header.id === session.header?.id ? { header: session.header, steps: session.steps, weaves: session.weaves } : branch
  }

  async function open(left: TraceId, right: TraceId): Promise<void> {
    asked += 1
    const question = asked
    failure.value = null
    isLoading.value = true
    try {
      const read = await Promise.all([load(left), load(right)])
      if (question !== asked) return
      recorded.value = read
      selectedStep.value = null
    } catch (error) {
      if (question === asked) failure.value = describeFailure(error)
    } finally {
      if (question === asked) isLoading.value = false
    }
  }

  async function load(traceId: TraceId): Promise<ComparedBranch> {
    const { trace } = await client.log.overview({ traceId })
    return { header: trace.header, steps: stepsFromColumns(trace.steps, trace.weaves), weaves: trace.weaves }
  }

  function swap(): void {
    if (recorded.value !== null) recorded.value = [recorded.value[1], recorded.value[0]]
  }

  function close(): void {
    asked += 1
    isLoading.value = false
    recorded.value = null
    failure.value = null
  }

  return { pair, fork, difference, isOpen, isLoading, failure, selectedStep, open, swap, close }
})
