/** @file How the paper's tables are looked at: narrowed by words, model, task and method, beside a run of one's own. It does not know how they are drawn. */
import { defineStore } from 'pinia'
import { computed, shallowRef, watch } from 'vue'
import { describeFailure, type Failure } from '../api/failure.ts'
import type { EvaluationRun } from '../../../shared/domain/evaluation.ts'
import type { EvaluationRunId } from '../../../shared/domain/experiment-ids.ts'
import type { PaperModel, PaperTask } from '../../../shared/paper/anchor.ts'
import { anchors } from '../../../shared/paper/anchors.ts'
import { matchingAnchors } from '../../../shared/paper/comparability.ts'
import { useEvaluationsStore } from './evaluations.ts'
import { findAnchors } from './find-anchors.ts'
import { useHost } from './host.ts'

export const usePaperStore = defineStore('paper', () => {
  const { client } = useHost()
  const evaluations = useEvaluationsStore()
  const search = shallowRef('')
  const model = shallowRef<PaperModel | null>(null)
  const task = shallowRef<PaperTask | null>(null)
  const runId = shallowRef<EvaluationRunId | null>(null)
  const selectedIndex = shallowRef(0)
  const fetched = shallowRef<EvaluationRun | null>(null)
  const failure = shallowRef<Failure | null>(null)

  /** With what it was computed with, which lists leave out; the listed run until that has come. */
  const run = computed(() => (runId.value === null ? null : fetched.value?.id === runId.value ? fetched.value : evaluations.runById(runId.value)))
  /** Those most like the chosen run come first; without one, the tables' order. */
  const ordered = computed(() => {
    if (run.value === null) return anchors
    const matching = matchingAnchors(run.value, anchors).map(({ anchor }) => anchor)
    return [...matching, ...anchors.filter((anchor) => !matching.includes(anchor))]
  })
  const found = computed(() => findAnchors(ordered.value, { search: search.value, model: model.value, task: task.value }))
  const selected = computed(() => found.value[selectedIndex.value] ?? found.value[0] ?? null)

  watch(runId, async (id) => {
    failure.value = null
    if (id === null) return
    try {
      const read = await client.evaluations.run({ runId: id })
      if (runId.value === id) fetched.value = read
    } catch (error) {
      if (runId.value === id) failure.value = describeFailure(error)
    }
  })

  return { search, model, task, runId, selectedIndex, run, failure, found, selected }
})
