/** @file The chance that one of several answers is right. Does not know who answered. */
import type { Interval } from '../../shared/statistics/interval.ts'
import { scoreInterval } from '../../shared/statistics/wilson-interval.ts'

/** Answers to one problem, and how many of them are right. */
export interface RepeatedAnswers {
  readonly count: number
  readonly right: number
}

/**
 * pass@k of one problem: the chance that at least one of `k` answers is right that are drawn, without putting back, from `count`
 * answers of which `right` are right. Its mean over problems estimates pass@k without bias, for every k up to `count`.
 * Source: Chen et al., Evaluating Large Language Models Trained on Code (arXiv 2107.03374), equation 1 in its stable form.
 *
 * Raises RangeError where there are not as many answers.
 */
export function passAtK({ count, right }: RepeatedAnswers, k: number): number {
  if (!Number.isInteger(k) || k < 1 || k > count) throw new RangeError(`passAtK: expected k from 1 to ${count}, found ${k}`)
  if (count - right < k) return 1
  let noneRight = 1
  for (let i = count - right + 1; i <= count; i++) noneRight *= 1 - k / i
  return 1 - noneRight
}

/**
 * The mean of pass@k over problems, each with at least `k` answers, and its 95 % interval; null without a problem.
 *
 * As in `clusteredAccuracy`, whose interval this is for k = 1: Wilson's, with as many observations as a share of the same variance would
 * have, at most one for each k answers; where every problem is passed, or none, there is no variance to look at and each counts once.
 */
export function passRate(problems: readonly RepeatedAnswers[], k: number): Interval | null {
  if (problems.length === 0) return null
  const values = problems.map((problem) => passAtK(problem, k))
  const estimate = sumOf(values) / values.length
  if (problems.length === 1 || estimate === 0 || estimate === 1) return scoreInterval(estimate, problems.length)
  const variance = sumOf(values.map((value) => (value - estimate) ** 2)) / (values.length - 1) / values.length
  const draws = sumOf(problems.map(({ count }) => count)) / k
  return scoreInterval(estimate, Math.min(draws, (estimate * (1 - estimate)) / variance))
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0)
}
