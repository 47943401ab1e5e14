/** @file Runs held against a baseline: what they say of each other, their samples side by side, and two generations of one of them. It does not know how any of it is shown. */
import { useStorage, useThrottleFn } from '@vueuse/core'
import { defineStore } from 'pinia'
import { computed, shallowRef, watch } from 'vue'
import { z } from 'zod'
import { describeFailure, type Failure } from '../api/failure.ts'
import { laneTraceOfRecord } from '../charts/record-trace.ts'
import type { ComparedSample, Comparison, TransitionCell } from '../../../shared/domain/comparison.ts'
import type { EvaluationRun } from '../../../shared/domain/evaluation.ts'
import type { EvaluationRunId } from '../../../shared/domain/experiment-ids.ts'
import { compareQuery, readCompareQuery, type CompareAddress } from './compare-address.ts'
import { partingOf } from './compare-texts.ts'
import { useEvaluationsStore } from './evaluations.ts'
import { useHost } from './host.ts'
import { createPagedRows } from './paged-rows.ts'
import type { ResultDetail } from './results.ts'
import { differingNames } from './run-names.ts'
import type { StepPlace } from './step-place.ts'

const MOST_RUNS = 50
/** While a run goes on, it is compared anew this often at most. */
const REFRESH_MS = 3000
const ignoreSchema = z.array(z.string())

export type ComparedSide = 'baseline' | 'other'

export const useComparisonRunsStore = defineStore('comparison-runs', () => {
  const { client } = useHost()
  const evaluations = useEvaluationsStore()
  const address = shallowRef<CompareAddress>(readCompareQuery({}))
  /** Paths of config fields that are not shown; kept between visits. */
  const ignore = useStorage<readonly string[]>('memgen.compare-ignore', ['plan.batchSize'], undefined, { serializer: { read: readIgnore, write: JSON.stringify }, shallow: true })
  const comparison = shallowRef<Comparison | null>(null)
  const failure = shallowRef<Failure | null>(null)
  const actionFailure = shallowRef<Failure | null>(null)
  const message = shallowRef('')
  const isComparing = shallowRef(false)
  const isBusy = shallowRef(false)
  const isChoosing = shallowRef(false)
  const selectedIndex = shallowRef(0)
  const repeat = shallowRef(0)
  const turn = shallowRef(0)
  const selectedStep = shallowRef<number | null>(null)
  const details = shallowRef<readonly [ResultDetail | null, ResultDetail | null]>([null, null])
  const detailFailure = shallowRef<Failure | null>(null)

  const query = computed(() => compareQuery(address.value))
  const isComparable = computed(() => address.value.runIds.length >= 2)
  const otherId = computed(() => address.value.againstId ?? address.value.runIds.find((id) => id !== address.value.baselineId) ?? null)
  const pair = computed(() => comparison.value?.pairs.find(({ runId }) => runId === otherId.value) ?? null)
  const baseline = computed(() => runOf(address.value.baselineId))
  const other = computed(() => runOf(otherId.value))
  /** What the compared runs are called beside each other. */
  const naming = computed(() => differingNames(comparison.value?.runs ?? []))

  const rows = createPagedRows<ComparedSample>(async ({ offset, limit }, signal) => {
    const { runIds, baselineId, usesHumanVerdicts, cell, onlyDifferent, search } = address.value
    if (baselineId === null || runIds.length < 2) return { rows: [], total: 0 }
    const { samples, total } = await client.comparisons.samples({ runIds: [...runIds], baselineId, usesHumanVerdicts, cell, cellRunId: otherId.value, onlyDifferent, search, offset, limit }, { signal })
    return { rows: samples, total }
  })
  const rowsFailure = computed(() => (rows.failure.value === null ? null : describeFailure(rows.failure.value)))
  const selected = computed(() => rows.at(selectedIndex.value))
  const traces = computed(() => {
    const records = details.value.map((detail) => detail?.turns[turn.value]?.record)
    return records.map((record) => (record === undefined ? null : laneTraceOfRecord(record)))
  })
  const parting = computed(() => {
    const [left, right] = traces.value
    return left == null || right == null ? null : partingOf(left.steps, right.steps)
  })

  function runOf(id: EvaluationRunId | null): EvaluationRun | null {
    return id === null ? null : (evaluations.runById(id) ?? comparison.value?.runs.find((run) => run.id === id) ?? null)
  }

  /** As {@link naming} has it; the whole name while nothing is compared. */
  function nameOf(id: EvaluationRunId | null): string {
    const index = comparison.value?.runs.findIndex((run) => run.id === id) ?? -1
    return naming.value.names[index] ?? runOf(id)?.name ?? ''
  }

  /** Shows what an address says. */
  function take(next: CompareAddress): void {
    void evaluations.follow()
    address.value = next
  }

  function change(part: Partial<CompareAddress>): void {
    address.value = { ...address.value, ...part }
  }

  let asking = new AbortController()
  async function compare(): Promise<void> {
    asking.abort()
    const { runIds, baselineId, usesHumanVerdicts } = address.value
    if (baselineId === null || runIds.length < 2) {
      comparison.value = null
      return
    }
    asking = new AbortController()
    const { signal } = asking
    isComparing.value = true
    try {
      const answer = await client.comparisons.compare({ runIds: [...runIds], baselineId, ignore: [...ignore.value], usesHumanVerdicts }, { signal })
      if (signal.aborted) return
      comparison.value = answer
      failure.value = null
    } catch (error) {
      if (!signal.aborted) failure.value = describeFailure(error)
    } finally {
      if (!signal.aborted) isComparing.value = false
    }
  }

  watch([() => address.value.runIds.join(), () => address.value.baselineId, () => address.value.usesHumanVerdicts, ignore], () => void compare())
  watch([() => address.value.runIds.join(), () => address.value.baselineId, otherId, () => address.value.usesHumanVerdicts, () => address.value.cell, () => address.value.onlyDifferent, () => address.value.search], () => {
    selectedIndex.value = 0
    rows.reset()
  })
  const refreshSoon = useThrottleFn(() => {
    void compare()
    rows.refresh()
  }, REFRESH_MS, true, false)
  watch(() => address.value.runIds.map((id) => runOf(id)?.totals.done).join(), (_, before) => {
    if (before !== '' && comparison.value !== null) void refreshSoon()
  })

  let reading = new AbortController()
  watch([() => selected.value?.sampleId, () => address.value.baselineId, otherId, repeat], () => void readDetails())
  async function readDetails(): Promise<void> {
    reading.abort()
    const sample = selected.value
    if (sample === undefined) return
    reading = new AbortController()
    const { signal } = reading
    try {
      const read = await Promise.all([readSide(sample, address.value.baselineId, signal), readSide(sample, otherId.value, signal)])
      if (signal.aborted) return
      details.value = read
      turn.value = 0
      selectedStep.value = null
      detailFailure.value = null
    } catch (error) {
      if (!signal.aborted) detailFailure.value = describeFailure(error)
    }
  }

  /** null where the run has no such result. */
  async function readSide(sample: ComparedSample, runId: EvaluationRunId | null, signal: AbortSignal): Promise<ResultDetail | null> {
    const result = resultsOf(sample, runId)[repeat.value]
    return runId === null || result === undefined ? null : client.evaluations.result({ runId, sampleId: sample.sampleId, repeat: result.repeat }, { signal })
  }

  function resultsOf(sample: ComparedSample, runId: EvaluationRunId | null): ComparedSample['results'][number] {
    return sample.results[address.value.runIds.findIndex((id) => id === runId)] ?? []
  }

  /** Lists the samples of one cell between the baseline and this run. */
  function showCell(cell: TransitionCell, runId: EvaluationRunId): void {
    change({ page: 'samples', cell, againstId: runId })
  }

  function setRuns(runIds: readonly EvaluationRunId[]): void {
    const { baselineId, againstId } = address.value
    const kept = runIds.slice(0, MOST_RUNS)
    change({ runIds: kept, baselineId: baselineId !== null && kept.includes(baselineId) ? baselineId : (kept[0] ?? null), againstId: againstId !== null && kept.includes(againstId) ? againstId : null })
  }

  /** The run that is looked at becomes the baseline, and the baseline is set against it. */
  function swap(): void {
    if (otherId.value !== null) change({ baselineId: otherId.value, againstId: address.value.baselineId })
  }

  function move(by: number): void {
    selectedIndex.value = Math.max(0, Math.min((rows.total.value ?? 1) - 1, selectedIndex.value + by))
  }

  /** The generation of one side again with everything recorded, at the chosen step or where the two part; null where that failed. */
  async function openTrace(side: ComparedSide): Promise<StepPlace | null> {
    const runId = side === 'baseline' ? address.value.baselineId : otherId.value
    const detail = details.value[side === 'baseline' ? 0 : 1]
    if (runId === null || detail === null) return null
    const { sampleId, repeat: at } = detail.result
    let opened: StepPlace | null = null
    await attempt('Generating this result again with everything recorded…', async () => {
      const { traceId, isSame } = await client.evaluations.openTrace({ key: { runId, sampleId, repeat: at }, turn: turn.value })
      opened = { traceId, stepIndex: selectedStep.value ?? parting.value?.token ?? 0 }
      return isSame ? '' : `${sampleId}: generated again it came out otherwise; what the debugger shows is not what was judged.`
    })
    return opened
  }

  /** Writes the comparison as a page that opens offline; the message says where. */
  async function exportReport(): Promise<void> {
    const { runIds, baselineId } = address.value
    if (baselineId === null) return
    await attempt('Writing the report…', async () => {
      const { path } = await client.transfer.export({ request: { what: 'report', runIds: [...runIds], baselineId, format: 'html' } })
      return `Report written to ${path}`
    })
  }

  /** @param task says what to tell when it is done */
  async function attempt(words: string, task: () => Promise<string>): Promise<void> {
    actionFailure.value = null
    isBusy.value = true
    message.value = words
    try {
      message.value = await task()
    } catch (error) {
      message.value = ''
      actionFailure.value = describeFailure(error)
    } finally {
      isBusy.value = false
    }
  }

  return {
    address, query, ignore, comparison, failure, actionFailure, message, isComparing, isBusy, isChoosing, isComparable, otherId, pair, baseline, other, naming,
    rows, rowsFailure, selectedIndex, selected, repeat, turn, selectedStep, details, detailFailure, traces, parting,
    take, change, runOf, nameOf, resultsOf, showCell, setRuns, swap, move, openTrace, exportReport,
  }
})

function readIgnore(raw: string): readonly string[] {
  try {
    return ignoreSchema.safeParse(JSON.parse(raw)).data ?? []
  } catch {
    // Not JSON: whoever wrote it, there is nothing to take.
    return []
  }
}
