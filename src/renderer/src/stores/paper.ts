/** @file How the paper's tables are looked at: narrowed by words, model, task and method, beside a run of one's own. It does not know how they are drawn. */
import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
import type { EvaluationRunId } from '../../../shared/domain/experiment-ids.ts'
import type { PaperModel, PaperTask } from '../../../shared/paper/anchor.ts'
import { anchors } from '../../../shared/paper/anchors.ts'
import { matchingAnchors } from '../../../shared/paper/comparability.ts'
import { useEvaluationsStore } from './evaluations.ts'
import { findAnchors } from './find-anchors.ts'

export const usePaperStore = defineStore('paper', () => {
  const evaluations = useEvaluationsStore()
  const search = shallowRef('')
  const model = shallowRef<PaperModel | null>(null)
  const task = shallowRef<PaperTask | null>(null)
  const runId = shallowRef<EvaluationRunId | null>(null)
  const selectedIndex = shallowRef(0)

  const run = computed(() => (runId.value === null ? null : evaluations.runById(runId.value)))
  /** Those most like the chosen run come first; without one, the tables' order. */
  const ordered = computed(() => {
    if (run.value === null) return anchors
    const matching = matchingAnchors(run.value, anchors).map(({ anchor }) => anchor)
    return [...matching, ...anchors.filter((anchor) => !matching.includes(anchor))]
  })
  const found = computed(() => findAnchors(ordered.value, { search: search.value, model: model.value, task: task.value }))
  const selected = computed(() => found.value[selectedIndex.value] ?? found.value[0] ?? null)

  return { search, model, task, runId, selectedIndex, run, found, selected }
})
