/** @file What an evaluation found: each policy's numbers, and its difference to the first policy on the same samples. It runs nothing. */
import { countTransitions, mcNemarExact, pairedBootstrap, wilsonInterval, type BootstrapInterval, type Interval } from '../../statistics/index.ts'
import type { EvaluationRow } from './evaluation-record.ts'

export interface PolicySummary {
  readonly policy: string
  /** Completions of the chosen samples. */
  readonly count: number
  /** Those whose reward could not be found; they are in no accuracy. */
  readonly unjudgedCount: number
  /** Those that ended in an error; they are judged by what they had written. */
  readonly failedCount: number
  /** Share of judged completions with a reward of at least 1, and Wilson's interval; null where none was judged. */
  readonly accuracy: Interval | null
  readonly meanReward: number | null
  /** Means over all completions. */
  readonly insertions: { readonly prompt: number; readonly inference: number }
  readonly tokenCount: number
  /** null for the first policy, and where no sample was judged under both. */
  readonly comparison: Comparison | null
}

export interface Comparison {
  readonly against: string
  /** Samples judged under both. */
  readonly pairCount: number
  readonly helped: number
  readonly harmed: number
  /** McNemar's exact test, two-sided. */
  readonly pValue: number
  /** Of accuracies, with its paired bootstrap interval. */
  readonly difference: BootstrapInterval
}

/** Any fixed number: the same rows give the same interval. */
const BOOTSTRAP_SEED = 1

/** A reward of 1 is the most that a right answer gets. */
function isRight({ reward }: EvaluationRow): boolean {
  return reward !== null && reward >= 1
}

/**
 * One summary a policy, in the order of `policies`.
 * @param rows of a file; other policies and samples are left out
 */
export function summarizeEvaluation(rows: readonly EvaluationRow[], policies: readonly string[], sampleIds: readonly string[]): PolicySummary[] {
  const chosen = new Set(sampleIds)
  const byPolicy = policies.map((policy) => rows.filter((row) => row.policy === policy && chosen.has(row.sampleId)))
  const [first = []] = byPolicy
  return policies.map((policy, index) => summarize(policy, byPolicy[index] ?? [], index === 0 ? null : { policy: policies[0] ?? '', rows: first }))
}

function summarize(policy: string, rows: readonly EvaluationRow[], baseline: { policy: string; rows: readonly EvaluationRow[] } | null): PolicySummary {
  const judged = rows.filter(({ reward }) => reward !== null)
  return {
    policy,
    count: rows.length,
    unjudgedCount: rows.length - judged.length,
    failedCount: rows.filter(({ finish }) => finish === 'error').length,
    accuracy: judged.length === 0 ? null : wilsonInterval(judged.filter(isRight).length, judged.length),
    meanReward: judged.length === 0 ? null : mean(judged, ({ reward }) => reward ?? 0),
    insertions: { prompt: mean(rows, ({ insertions }) => insertions.prompt), inference: mean(rows, ({ insertions }) => insertions.inference) },
    tokenCount: mean(rows, ({ tokenCount }) => tokenCount),
    comparison: baseline === null ? null : compare(baseline.policy, baseline.rows, judged),
  }
}

function compare(against: string, baseline: readonly EvaluationRow[], rows: readonly EvaluationRow[]): Comparison | null {
  const before = new Map(baseline.filter(({ reward }) => reward !== null).map((row) => [row.sampleId, isRight(row)]))
  const pairs = rows.flatMap((row) => {
    const wasRight = before.get(row.sampleId)
    return wasRight === undefined ? [] : [{ wasRight, isRight: isRight(row) }]
  })
  if (pairs.length === 0) return null
  const { helped, harmed } = countTransitions(pairs.map(({ wasRight }) => wasRight), pairs.map((pair) => pair.isRight))
  const difference = pairedBootstrap(pairs.map(({ wasRight }) => Number(wasRight)), pairs.map((pair) => Number(pair.isRight)), { seed: BOOTSTRAP_SEED })
  return { against, pairCount: pairs.length, helped, harmed, pValue: mcNemarExact({ helped, harmed }), difference }
}

/** 0 of nothing: an empty row of a table. */
function mean(rows: readonly EvaluationRow[], value: (row: EvaluationRow) => number): number {
  return rows.length === 0 ? 0 : rows.reduce((sum, row) => sum + value(row), 0) / rows.length
}
