/** @file Keeps a view's chosen runs and the address's `runs=a,b` the same. It does not know what the runs are chosen for. */
import { watch } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { evaluationRunIdSchema, type EvaluationRunId } from '../../../shared/domain/experiment-ids.ts'

/** Without an address the runs that were chosen before stay. */
export function useRunsAddress(routeName: string, chosen: () => readonly EvaluationRunId[], take: (runIds: readonly EvaluationRunId[]) => void): void {
  const route = useRoute()
  const router = useRouter()
  watch(() => route.query['runs'], (runs) => {
    if (route.name !== routeName) return
    take(typeof runs === 'string' ? runs.split(',').flatMap((id) => evaluationRunIdSchema.safeParse(id).data ?? []) : chosen())
  }, { immediate: true })
  watch(() => chosen().join(','), (runs) => {
    if (route.name === routeName) void router.replace({ name: routeName, query: runs === '' ? {} : { runs } })
  }, { immediate: true })
}
