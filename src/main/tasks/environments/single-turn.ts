/** @file Tasks of one turn: the sample's prompt is asked once, and the text is judged. It does not know tasks or scorings. */
import type { Scoring } from '../../../shared/domain/task.ts'
import { judgeText } from '../scoring/judge-text.ts'
import type { Environment } from '../task.ts'

/** Holds nothing, so that closing it does nothing. */
export function createSingleTurnEnvironment(scoring: Scoring): Environment {
  return {
    maxTurns: 1,
    set: (sample) => sample.prompt,
    step: (_sample, _turns, text) => Promise.resolve({ text, next: null }),
    reward: (sample, turns) => Promise.resolve(judgeText(scoring, sample, turns.at(-1)?.text ?? '')),
    close: () => Promise.resolve(),
  }
}
