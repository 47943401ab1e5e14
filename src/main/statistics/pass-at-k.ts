/** @file The chance that one of several answers is right. Does not know who answered. */

/**
 * pass@k of one problem: the chance that at least one of `k` answers is right that are drawn, without putting back, from `count`
 * answers of which `right` are right. Its mean over problems estimates pass@k without bias, for every k up to `count`.
 * Source: Chen et al., Evaluating Large Language Models Trained on Code (arXiv 2107.03374), equation 1 in its stable form.
 *
 * Raises RangeError where there are not as many answers.
 */
export function passAtK({ count, right }: { count: number; right: number }, k: number): number {
  if (!Number.isInteger(k) || k < 1 || k > count) throw new RangeError(`passAtK: expected k from 1 to ${count}, found ${k}`)
  if (count - right < k) return 1
  let noneRight = 1
  for (let i = count - right + 1; i <= count; i++) noneRight *= 1 - k / i
  return 1 - noneRight
}
