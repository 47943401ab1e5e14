/** @file The results of one run: a list read as it is seen, one of them in full, and what a person says of it. It does not know how any of it is shown. */
import { useThrottleFn } from '@vueuse/core'
import { defineStore } from 'pinia'
import { computed, onScopeDispose, shallowRef, watch } from 'vue'
import { describeFailure, type Failure } from '../api/failure.ts'
import type { EvaluationRun, FailureMode, HumanVerdict, RecordedTurn, SampleResult } from '../../../shared/domain/evaluation.ts'
import type { EvaluationRunId } from '../../../shared/domain/experiment-ids.ts'
import type { Scoring, TaskSample } from '../../../shared/domain/task.ts'
import { useEvaluationsStore } from './evaluations.ts'
import { useHost } from './host.ts'
import { createPagedRows } from './paged-rows.ts'
import type { StepPlace } from './step-place.ts'

export const resultFilters = ['all', 'right', 'wrong', 'unjudged', 'failed', 'unaudited', 'disputed'] as const
export type ResultFilter = (typeof resultFilters)[number]

/** One result in full. */
export interface ResultDetail {
  result: SampleResult
  sample: TaskSample
  turns: readonly RecordedTurn[]
}

/** While a run goes on, its list is read again this often at most. */
const REFRESH_MS = 2000
/** Results looked through in one request for the one to choose. */
const FOUND_AT_A_TIME = 200

export const useResultsStore = defineStore('results', () => {
  const { client } = useHost()
  const evaluations = useEvaluationsStore()
  const runId = shallowRef<EvaluationRunId | null>(null)
  const fetched = shallowRef<EvaluationRun | null>(null)
  const filter = shallowRef<ResultFilter>('all')
  const search = shallowRef('')
  /** How many results each filter lists, the search left aside; null until told. */
  const counts = shallowRef<Readonly<Record<ResultFilter, number>> | null>(null)
  const selectedIndex = shallowRef(0)
  const detail = shallowRef<ResultDetail | null>(null)
  const turn = shallowRef(0)
  const selectedStep = shallowRef<number | null>(null)
  const runFailure = shallowRef<Failure | null>(null)
  const detailFailure = shallowRef<Failure | null>(null)
  const actionFailure = shallowRef<Failure | null>(null)
  /** What was done last, for a status line. */
  const message = shallowRef('')
  const isBusy = shallowRef(false)

  /** As the list keeps it current; only a run that was asked for by itself comes with its provenance. */
  const run = computed(() => {
    const listed = runId.value === null ? null : evaluations.runById(runId.value)
    // Lists leave out what a run was computed with.
    return listed === null ? fetched.value : { ...listed, provenance: fetched.value?.provenance ?? null }
  })
  const rows = createPagedRows<SampleResult>(async ({ offset, limit }, signal) => {
    if (runId.value === null) return { rows: [], total: 0 }
    const { results, total } = await client.evaluations.results({ runId: runId.value, show: filter.value, search: search.value, offset, limit }, { signal })
    return { rows: results, total }
  })
  const selected = computed(() => rows.at(selectedIndex.value))
  const listFailure = computed(() => (rows.failure.value === null ? null : describeFailure(rows.failure.value)))
  const currentTurn = computed(() => detail.value?.turns[turn.value] ?? null)

  const refreshSoon = useThrottleFn(() => {
    rows.refresh()
    void count()
  }, REFRESH_MS, true, false)
  onScopeDispose(evaluations.onResult((id) => {
    if (id === runId.value) void refreshSoon()
  }))

  watch([filter, search], () => {
    selectedIndex.value = 0
    rows.reset()
  })
  watch(() => (selected.value === undefined ? null : keyOf(selected.value)), () => void readDetail())

  async function open(id: EvaluationRunId): Promise<void> {
    void evaluations.follow()
    if (runId.value === id) return refreshSoon()
    runId.value = id
    fetched.value = null
    runFailure.value = null
    counts.value = null
    filter.value = 'all'
    search.value = ''
    message.value = ''
    actionFailure.value = null
    selectedIndex.value = 0
    given.clear()
    rows.reset()
    void count()
    try {
      const found = await client.evaluations.run({ runId: id })
      if (runId.value === id) fetched.value = found
    } catch (error) {
      if (runId.value === id) runFailure.value = describeFailure(error)
    }
  }

  /** Chooses this result among those that its sample's id finds: the id may be within others', and each repeat has it. */
  async function choose({ sampleId, repeat }: Pick<SampleResult, 'sampleId' | 'repeat'>): Promise<void> {
    const id = runId.value
    if (id === null) return
    filter.value = 'all'
    search.value = sampleId
    const isStill = (): boolean => runId.value === id && filter.value === 'all' && search.value === sampleId
    try {
      for (let offset = 0; ; offset += FOUND_AT_A_TIME) {
        const { results, total } = await client.evaluations.results({ runId: id, search: sampleId, offset, limit: FOUND_AT_A_TIME })
        if (!isStill()) return
        const index = results.findIndex((result) => keyOf(result) === keyOf({ sampleId, repeat }))
        if (index >= 0) selectedIndex.value = offset + index
        if (index >= 0 || offset + results.length >= total) return
      }
    } catch (error) {
      if (isStill()) actionFailure.value = describeFailure(error)
    }
  }

  async function count(): Promise<void> {
    const id = runId.value
    if (id === null) return
    try {
      const totals = await Promise.all(resultFilters.map(async (show) => [show, (await client.evaluations.results({ runId: id, show, limit: 1 })).total] as const))
      // Every filter has been asked for.
      if (runId.value === id) counts.value = Object.fromEntries(totals) as Record<ResultFilter, number>
    } catch (error) {
      if (runId.value === id) actionFailure.value = describeFailure(error)
    }
  }

  let reading = new AbortController()
  async function readDetail(): Promise<void> {
    reading.abort()
    const [id, row] = [runId.value, selected.value]
    if (id === null || row === undefined) return
    reading = new AbortController()
    const { signal } = reading
    try {
      const read = await client.evaluations.result({ runId: id, sampleId: row.sampleId, repeat: row.repeat }, { signal })
      if (signal.aborted) return
      detail.value = read
      turn.value = 0
      selectedStep.value = null
      detailFailure.value = null
    } catch (error) {
      if (!signal.aborted) detailFailure.value = describeFailure(error)
    }
  }

  /** By so many results, as far as the list goes. */
  function move(by: number): void {
    selectedIndex.value = Math.max(0, Math.min((rows.total.value ?? 1) - 1, selectedIndex.value + by))
  }

  async function attempt(task: () => Promise<void>): Promise<void> {
    actionFailure.value = null
    isBusy.value = true
    try {
      await task()
    } catch (error) {
      actionFailure.value = describeFailure(error)
    } finally {
      isBusy.value = false
    }
  }

  /** Verdicts are kept in the order in which they were given; each finds what the one before it left. */
  let keeping = Promise.resolve()
  const given = new Map<string, HumanVerdict | null>()
  function audit(verdictOf: (former: HumanVerdict | null) => HumanVerdict | null): Promise<void> {
    const [id, row] = [runId.value, selected.value]
    if (id === null || row === undefined) return Promise.resolve()
    keeping = keeping.then(() => keep(id, row, verdictOf))
    return keeping
  }

  async function keep(id: EvaluationRunId, row: SampleResult, verdictOf: (former: HumanVerdict | null) => HumanVerdict | null): Promise<void> {
    await attempt(async () => {
      const verdict = verdictOf(given.has(keyOf(row)) ? (given.get(keyOf(row)) ?? null) : row.human)
      const changed = await client.evaluations.audit({ key: { runId: id, sampleId: row.sampleId, repeat: row.repeat }, verdict })
      if (runId.value !== id) return
      given.set(keyOf(changed), changed.human)
      rows.replace((known) => (keyOf(known) === keyOf(changed) ? changed : known))
      if (detail.value !== null && keyOf(detail.value.result) === keyOf(changed)) detail.value = { ...detail.value, result: changed }
      message.value = verdict === null ? `${row.sampleId}: verdict taken back` : `${row.sampleId}: kept`
      void count()
    })
  }

  /** The failure mode set before stays. */
  async function judge(isRight: boolean): Promise<void> {
    await audit((former) => ({ isRight, failureMode: former?.failureMode ?? null }))
  }

  /** Set twice it is taken back. */
  async function label(mode: FailureMode): Promise<void> {
    await audit((former) => {
      const failureMode = former?.failureMode === mode ? null : mode
      const isRight = former?.isRight ?? null
      return isRight === null && failureMode === null ? null : { isRight, failureMode }
    })
  }

  async function takeBack(): Promise<void> {
    await audit(() => null)
  }

  async function rescore(scoring: Scoring | null): Promise<void> {
    const id = runId.value
    if (id === null) return
    await attempt(async () => {
      const answer = await client.evaluations.rescore({ runId: id, scoring })
      evaluations.replace([answer.run])
      fetched.value = answer.run
      message.value = answer.changedCount === 0 ? 'Scored again: no verdict changed.' : `Scored again: ${answer.changedCount} of ${answer.run.totals.done} judgements changed.`
      rows.refresh()
      void readDetail()
      await count()
    })
  }

  /** The result generated again with everything recorded; null where that failed. */
  async function openTrace(): Promise<StepPlace | null> {
    const [id, row] = [runId.value, selected.value]
    if (id === null || row === undefined) return null
    let opened: StepPlace | null = null
    message.value = 'Generating this result again with everything recorded…'
    await attempt(async () => {
      const { traceId, isSame } = await client.evaluations.openTrace({ key: { runId: id, sampleId: row.sampleId, repeat: row.repeat }, turn: turn.value })
      message.value = isSame ? '' : `${row.sampleId}: generated again it came out otherwise; what the debugger shows is not what was judged.`
      opened = { traceId, stepIndex: selectedStep.value ?? 0 }
    })
    if (opened === null) message.value = ''
    return opened
  }

  return { runId, run, filter, search, counts, rows, selectedIndex, selected, detail, turn, currentTurn, selectedStep, runFailure, listFailure, detailFailure, actionFailure, message, isBusy, open, choose, move, judge, label, takeBack, rescore, openTrace }
})

function keyOf({ sampleId, repeat }: Pick<SampleResult, 'sampleId' | 'repeat'>): string {
  return `${repeat}/${sampleId}`
}
