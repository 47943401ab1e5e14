/** @file An evaluation on a terminal: a line that moves while it runs, and tables at its end. It starts nothing. */
import type { Comparison, PassRate } from '../../shared/domain/comparison.ts'
import type { EvaluationEvent, EvaluationRun } from '../../shared/domain/evaluation.ts'
import type { EvaluationRunId } from '../../shared/domain/experiment-ids.ts'
import { compareRuns, readPassRates } from '../comparison/index.ts'
import { formatPolicyArm } from '../jobs/index.ts'
import type { EvaluationLog } from '../log/index.ts'
import { formatEvaluation, type TableRow } from './evaluation-table.ts'
import { createProgressLine } from './progress-line.ts'
import type { OutputStream } from './shell.ts'
import { formatPercent } from './table-cells.ts'

export interface EvaluationProgress {
  tell(event: EvaluationEvent): void
  clear(): void
}

/** @param runs whose progress is shown together */
export function createEvaluationProgress(stream: OutputStream, runs: readonly EvaluationRun[], { now = () => performance.now() }: { now?: () => number } = {}): EvaluationProgress {
  const line = createProgressLine(stream, { now })
  const shown = new Map(runs.map((run) => [run.id, run]))
  const before = sumOf(runs, ({ done }) => done)
  return {
    tell(event) {
      if (event.kind === 'stage') line.show(`${shown.get(event.runId)?.name ?? ''} · ${event.stage}`, event.fraction)
      if (event.kind !== 'run' || !shown.has(event.run.id)) return
      shown.set(event.run.id, event.run)
      const all = [...shown.values()]
      const known = event.run.total
      // Runs that have not read their dataset are taken to be as long as this one.
      const total = all.reduce((sum, run) => sum + (run.total === 0 ? known : run.total), 0)
      const done = sumOf(all, (totals) => totals.done)
      if (known > 0 && event.run.status === 'running') line.show(describeRun(event.run), done / total, before / total)
    },
    clear: () => line.clear(),
  }
}

function describeRun({ name, total, totals: { done, tokens, elapsedMs }, accuracy }: EvaluationRun): string {
  const found = accuracy === null ? [] : [`${formatPercent(accuracy.estimate)} % (${formatPercent(accuracy.low)} to ${formatPercent(accuracy.high)})`]
  const speed = elapsedMs === 0 ? [] : [`${Math.round((1000 * tokens) / elapsedMs)} tokens/s`]
  return [name, `${done}/${total}`, ...found, ...speed].join(' · ')
}

export interface RunGroup {
  /** Model and task. */
  readonly title: string
  readonly runs: readonly EvaluationRun[]
  /** With the first run; null where there is one run. */
  readonly comparison: Comparison | null
  /** Of a single run too. */
  readonly passRates: readonly PassRate[]
}

/** Runs of the same model on the same samples, compared with the first of them. */
export async function compareGroups(log: EvaluationLog, runs: readonly EvaluationRun[]): Promise<RunGroup[]> {
  const groups = Map.groupBy(runs, ({ plan: { modelId, task } }) => JSON.stringify([modelId, task]))
  return Promise.all(
    [...groups.values()].map(async (group) => {
      const ids = group.map(({ id }) => id)
      const [first] = group
      const comparison = first === undefined || group.length < 2 ? null : await compareRuns(log, { runIds: ids, baselineId: first.id, ignore: [], usesHumanVerdicts: false })
      return { title: `${first?.modelName ?? ''}, ${first?.plan.task.name ?? ''} (${first?.plan.task.split ?? ''})`, runs: group, comparison, passRates: comparison?.passRates ?? (await readPassRates(log, group, { usesHumanVerdicts: false })) }
    }),
  )
}

/** A table a group, with titles where there are several. */
export function formatGroups(groups: readonly RunGroup[]): string[] {
  return groups.flatMap((group, index) => {
    const title = groups.length === 1 ? [] : [...(index === 0 ? [] : ['']), group.title]
    return [...title, ...formatEvaluation(toRows(group))]
  })
}

function toRows({ runs, comparison, passRates }: RunGroup): TableRow[] {
  const pairs = new Map<EvaluationRunId, TableRow['pair']>(comparison?.pairs.map((pair) => [pair.runId, pair]) ?? [])
  const arms = runs.map(({ plan }) => formatPolicyArm(plan.config))
  const isPlain = new Set(arms).size === arms.length
  return runs.map((run, index) => ({ label: isPlain ? (arms[index] ?? run.name) : run.name, run, passRates: passRates.filter(({ runId }) => runId === run.id), pair: pairs.get(run.id) ?? null }))
}

function sumOf(runs: readonly EvaluationRun[], of: (totals: EvaluationRun['totals']) => number): number {
  return runs.reduce((sum, { totals }) => sum + of(totals), 0)
}
