/** @file A sweep on the terminal, as text or JSON lines. It does not know how it is made. */
import type { Sweep, SweepEvent, SweepOutcome } from '../../shared/domain/sweep.ts'
import { sweepStatistics, type SweepStatistics } from '../../shared/sweep/sweep-statistics.ts'
import { createProgressLine } from './progress-line.ts'
import { showControls, type Shell } from './shell.ts'

export interface SweepOutput {
  tell(event: SweepEvent): void
  /** What all outcomes together say. */
  end(): void
}

/** Of an answer, on its line. */
const ANSWER_CHARACTERS = 72

export function createSweepOutput(shell: Pick<Shell, 'stdout' | 'stderr'>, { isJson }: { isJson: boolean }): SweepOutput {
  const progress = createProgressLine(shell.stderr)
  const outcomes: SweepOutcome[] = []
  let sweep: Sweep | null = null
  const write = (line: string): void => void shell.stdout.write(`${line}\n`)
  const writeJson = (type: string, value: object): void => write(JSON.stringify({ type, ...value }))

  function tell(event: SweepEvent): void {
    progress.clear()
    if (event.kind === 'sweep') {
      const isFirst = (sweep?.total ?? 0) === 0 && event.sweep.total > 0
      sweep = event.sweep
      if (isJson) writeJson('sweep', sweep)
      else if (isFirst) for (const line of formatCandidates(sweep)) write(line)
    } else {
      outcomes.push(event.outcome)
      if (isJson) writeJson('outcome', event.outcome)
      else write(formatOutcome(event.outcome))
    }
    if (sweep !== null && sweep.total > 0 && sweep.status === 'running') progress.show('subsets', outcomes.length / sweep.total)
  }

  function end(): void {
    progress.clear()
    if (sweep === null) return
    const statistics = sweepStatistics(outcomes, sweep)
    if (isJson) writeJson('statistics', statistics)
    else for (const line of formatStatistics(statistics)) write(line)
  }

  return { tell, end }
}

function formatCandidates({ candidateLabels, total }: Sweep): string[] {
  const lines = candidateLabels.map((label, ordinal) => `  ${ordinal}  ${ordinal === 0 ? 'end of the prompt' : quoted(label)}`)
  return [`${candidateLabels.length} candidates, ${total} subsets`, ...lines, '']
}

function formatOutcome({ candidates, score, insertionCount, tokenCount, text, error }: SweepOutcome): string {
  const answer = error ?? quoted(text.length > ANSWER_CHARACTERS ? `…${text.slice(-ANSWER_CHARACTERS)}` : text)
  return `${subsetColumn(candidates).padEnd(14)}  score ${score ?? '-'}  ${insertionCount} inserted  ${tokenCount} tokens  ${answer}`
}

function formatStatistics({ best, worst, bestCount, worstCount, scoredCount, effects, isComplete }: SweepStatistics): string[] {
  if (best === null || worst === null) return []
  const lines = effects.map(({ ordinal, helped, harmed, same, meanDifference }) => {
    const mean = meanDifference === null ? '-' : `${meanDifference > 0 ? '+' : ''}${meanDifference.toFixed(2)}`
    return `${String(ordinal).padStart(9)}  ${String(helped).padStart(5)}  ${String(harmed).padStart(5)}  ${String(same).padStart(4)}  ${mean.padStart(6)}`
  })
  return [
    '',
    `best   ${subsetColumn(best.candidates)}, score ${best.score ?? '-'} (${bestCount} of ${scoredCount})`,
    `worst  ${subsetColumn(worst.candidates)}, score ${worst.score ?? '-'} (${worstCount} of ${scoredCount})`,
    '',
    'candidate  helps  harms  same    mean',
    ...lines,
    `over pairs of subsets that differ in that candidate alone${isComplete ? '' : '; not every subset has an outcome yet'}`,
  ]
}

function subsetColumn(candidates: readonly number[]): string {
  return candidates.length === 0 ? 'none' : candidates.join('+')
}

/** Line breaks as their escapes, so that an answer stays on its line. */
function quoted(text: string): string {
  return showControls(JSON.stringify(text))
}
