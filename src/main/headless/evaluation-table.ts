/** @file An evaluation's summaries as a table for a terminal. It computes none of the numbers. */
import type { PolicySummary } from '../jobs/index.ts'

const HEADINGS = ['policy', 'n', 'accuracy', '95 %', 'prompt', 'inference', 'tokens', 'difference', '95 %', 'helped', 'harmed', 'p']

/** Lines of columns; the difference, its interval, helped, harmed and p are to the first policy, on the same samples. */
export function formatEvaluation(summaries: readonly PolicySummary[]): string[] {
  const rows = [HEADINGS, ...summaries.map(formatRow)]
  const widths = HEADINGS.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const lines = rows.map((row) => row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  ').trimEnd())
  return [...lines, ...formatNotes(summaries)]
}

function formatRow({ policy, count, unjudgedCount, accuracy, insertions, tokenCount, comparison }: PolicySummary): string[] {
  const accuracyCells = accuracy === null ? ['-', ''] : [percent(accuracy.estimate), `${percent(accuracy.low)} to ${percent(accuracy.high)}`]
  const cells = [policy, `${count - unjudgedCount}`, ...accuracyCells, insertions.prompt.toFixed(2), insertions.inference.toFixed(2), tokenCount.toFixed(1)]
  if (comparison === null) return [...cells, '', '', '', '', '']
  const { difference, helped, harmed, pValue } = comparison
  return [...cells, points(difference.estimate), `${points(difference.low)} to ${points(difference.high)}`, `${helped}`, `${harmed}`, formatProbability(pValue)]
}

function formatNotes(summaries: readonly PolicySummary[]): string[] {
  const [first] = summaries
  const notes = ['accuracy in %, with Wilson\'s interval; prompt and inference: insertions per completion']
  if (summaries.length > 1 && first !== undefined) {
    notes.push(`difference in points to ${first.policy} on the same samples, with its paired bootstrap interval; p: McNemar's exact test`)
  }
  const unjudged = listCounts(summaries, ({ unjudgedCount }) => unjudgedCount)
  const failed = listCounts(summaries, ({ failedCount }) => failedCount)
  if (unjudged !== '') notes.push(`could not be judged and are left out of n and accuracy: ${unjudged}`)
  if (failed !== '') notes.push(`ended in an error and are judged by what they had written: ${failed}`)
  return ['', ...notes]
}

/** `vanilla 2, always 1`; empty where every count is 0. */
function listCounts(summaries: readonly PolicySummary[], countOf: (summary: PolicySummary) => number): string {
  return summaries.flatMap((summary) => (countOf(summary) === 0 ? [] : [`${summary.policy} ${countOf(summary)}`])).join(', ')
}

function percent(share: number): string {
  return (100 * share).toFixed(1)
}

function points(difference: number): string {
  return `${difference > 0 ? '+' : ''}${percent(difference)}`
}

function formatProbability(p: number): string {
  return p < 0.0001 ? p.toExponential(0) : p.toFixed(4)
}
