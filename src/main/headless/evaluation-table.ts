/** @file Runs of one model on one task as a table for a terminal. It computes none of the numbers. */
import type { PairedComparison, PassRate } from '../../shared/domain/comparison.ts'
import type { EvaluationRun } from '../../shared/domain/evaluation.ts'
import { formatPercent } from './table-cells.ts'

export interface TableRow {
  /** What tells the run from the others. */
  readonly label: string
  readonly run: Pick<EvaluationRun, 'totals' | 'accuracy'>
  /** For the same k in every row; empty where each sample is answered once. */
  readonly passRates: readonly Pick<PassRate, 'k' | 'estimate'>[]
  /** With the first row; null for that one itself. */
  readonly pair: Pick<PairedComparison, 'transitions' | 'mcNemar' | 'accuracyDifference'> | null
}

const PAIR_HEADINGS = ['difference', '95 %', 'helped', 'harmed', 'p']

/** Lines of columns; the difference, its interval, helped, harmed and p are to the first row, on the same samples. */
export function formatEvaluation(rows: readonly TableRow[]): string[] {
  const draws = [...new Set(rows.flatMap(({ passRates }) => passRates.map(({ k }) => k)))]
  const headings = ['policy', 'n', 'accuracy', '95 %', ...draws.map((k) => `pass@${k}`), 'prompt', 'inference', 'tokens', ...PAIR_HEADINGS]
  const cells = [headings, ...rows.map((row) => formatRow(row, draws))]
  const widths = headings.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)))
  const lines = cells.map((row) => row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  ').trimEnd())
  return [...lines, ...formatNotes(rows)]
}

function formatRow({ label, run: { totals, accuracy }, passRates, pair }: TableRow, draws: readonly number[]): string[] {
  const perResult = (sum: number): number => (totals.done === 0 ? 0 : sum / totals.done)
  const accuracyCells = accuracy === null ? ['-', ''] : [formatPercent(accuracy.estimate), `${formatPercent(accuracy.low)} to ${formatPercent(accuracy.high)}`]
  const passCells = draws.map((draw) => passRates.find(({ k }) => k === draw)).map((rate) => (rate === undefined ? '-' : formatPercent(rate.estimate)))
  const cells = [label, `${totals.judged}`, ...accuracyCells, ...passCells, perResult(totals.promptInsertions).toFixed(2), perResult(totals.inferenceInsertions).toFixed(2), perResult(totals.tokens).toFixed(1)]
  if (pair === null) return [...cells, ...PAIR_HEADINGS.map(() => '')]
  const { accuracyDifference: difference, transitions, mcNemar } = pair
  const differenceCells = difference === null ? ['-', ''] : [points(difference.estimate), `${points(difference.low)} to ${points(difference.high)}`]
  return [...cells, ...differenceCells, `${transitions.helped}`, `${transitions.harmed}`, mcNemar === null ? '-' : formatProbability(mcNemar.holmPValue)]
}

function formatNotes(rows: readonly TableRow[]): string[] {
  const [first] = rows
  const notes = ['accuracy in %, with its 95 % interval; prompt and inference: insertions per completion']
  if (rows.length > 1 && first !== undefined) {
    const adjusted = rows.length > 2 ? ', adjusted by Holm for the number of rows' : ''
    notes.push(`difference in points to ${first.label} on the same samples, with its paired bootstrap interval; p: McNemar's exact test${adjusted}`)
  }
  if (rows.some(({ passRates }) => passRates.length > 0)) notes.push('pass@k: share of samples of which at least one of k answers is right, in %')
  const unjudged = listCounts(rows, ({ done, judged }) => done - judged)
  const failed = listCounts(rows, (totals) => totals.failed)
  if (unjudged !== '') notes.push(`could not be judged and are left out of n and accuracy: ${unjudged}`)
  if (failed !== '') notes.push(`ended in an error; those with a text are judged by it: ${failed}`)
  return ['', ...notes]
}

/** `vanilla 2, always 1`; empty where every count is 0. */
function listCounts(rows: readonly TableRow[], countOf: (totals: EvaluationRun['totals']) => number): string {
  return rows.flatMap(({ label, run: { totals } }) => (countOf(totals) === 0 ? [] : [`${label} ${countOf(totals)}`])).join(', ')
}

function points(difference: number): string {
  return `${difference > 0 ? '+' : ''}${formatPercent(difference)}`
}

function formatProbability(p: number): string {
  return p < 0.0001 ? p.toExponential(0) : p.toFixed(4)
}
