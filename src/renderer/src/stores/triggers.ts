/** @file Where chosen runs inserted memory, and what inserting was worth where a sweep knows it. It does not know how it is drawn. */
import { defineStore } from 'pinia'
import { computed, shallowRef, watch } from 'vue'
import type { ExperimentRequest } from '../../../shared/domain/evaluation.ts'
import type { EvaluationRunId } from '../../../shared/domain/experiment-ids.ts'
import type { BenefitPoint, RunTriggerStatistics } from '../../../shared/domain/trigger-statistics.ts'
import { createAsking } from './asking.ts'
import { useEvaluationsStore } from './evaluations.ts'
import { useHost } from './host.ts'

export const useTriggersStore = defineStore('triggers', () => {
  const { client } = useHost()
  const evaluations = useEvaluationsStore()
  const runIds = shallowRef<readonly EvaluationRunId[]>([])
  /** In the order of the runs; null until they were asked for. */
  const statistics = shallowRef<readonly RunTriggerStatistics[] | null>(null)
  const benefit = shallowRef<readonly BenefitPoint[]>([])
  const asking = createAsking()

  const names = computed(() => runIds.value.map((id) => evaluations.runById(id)?.name ?? id))
  /** Runs in which somebody could have inserted. */
  const candidates = computed(() => evaluations.runs.filter(({ plan, trashedAt, totals }) => plan.config.policy.kind !== 'vanilla' && trashedAt === null && totals.done > 0))

  watch(() => runIds.value.join(), () => void ask())

  function take(ids: readonly EvaluationRunId[]): void {
    void evaluations.follow()
    if (ids.join() !== runIds.value.join()) runIds.value = ids
  }

  async function ask(): Promise<void> {
    const [first] = runIds.value
    if (first === undefined) {
      asking.stop()
      statistics.value = null
      return
    }
    await asking.ask(async (signal, onProgress) => {
      const count = async (): Promise<RunTriggerStatistics[] | null> => {
        for await (const event of await client.comparisons.triggerStatistics({ runIds: [...runIds.value] }, { signal })) {
          if (event.kind === 'statistics') return event.runs
          onProgress(event.fraction)
        }
        return null
      }
      const [runs, { points }] = await Promise.all([count(), client.comparisons.benefit({ runId: first }, { signal })])
      if (signal.aborted) return
      statistics.value = runs
      benefit.value = points
    })
  }

  /** The paper's Table 5 as of the first run; null where it could not be told. */
  async function ablationSet(): Promise<ExperimentRequest | null> {
    const [runId] = runIds.value
    let request: ExperimentRequest | null = null
    if (runId !== undefined) {
      await asking.ask(async (signal) => {
        request = await client.evaluations.ablationSet({ runId }, { signal })
      })
    }
    return request
  }

  return { runIds, statistics, benefit, names, candidates, asking: asking.state, take, ask, ablationSet }
})
