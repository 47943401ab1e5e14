/** @file One text judged by one of the ways to score. It does not know tasks or files. */
import type { Judgement, Scoring, TaskSample } from '../../../shared/domain/task.ts'

/** What judges know of a sample. */
export type ScoringTarget = Pick<TaskSample, 'solution' | 'answers' | 'extra'>

/** Never throws: what cannot be judged has no reward, and an error that says why. */
export function judgeText(scoring: Scoring, { solution }: ScoringTarget, text: string): Judgement {
  return { reward: null, error: `internal: ${scoring.kind} cannot judge ${text.length} characters yet`, extracted: null, expected: solution }
}
