/**
 * @file Cuts samples into training, validation and test parts, as the reference sizes them (docs/REFERENCE.md 11). It does not
 * read samples.
 *
 * Differences: the reference's shuffles are unseeded, ours are seeded and the seed is part of the result. It draws test and
 * validation parts by one shuffle each; here one shuffle is cut into three, which is as random. Its check that three ratios sum
 * to 1 is exact, and so refuses the 0.7, 0.1 and 0.2 of its own configs/latent_memory/kodcode.yaml.
 */
import { shuffle } from './shuffle.ts'

/** One ratio where the test part is a file of its own (GSM8K, GPQA, TriviaQA), three where it is cut from the same one (KodCode). */
export type SplitRatios = { readonly validation: number } | { readonly train: number; readonly validation: number; readonly test: number }

export interface Split<T> {
  readonly train: readonly T[]
  readonly validation: readonly T[]
  readonly test: readonly T[]
  /** With the ratios and the file, all that is needed to cut again. */
  readonly seed: number
}

/** Ratios are decimal fractions, which do not sum to 1 exactly. */
const sumTolerance = 1e-9

/** The same samples, ratios and seed give the same parts. Raises RangeError for ratios that are none, and where nothing is left to train on. */
export function splitSamples<T>(samples: readonly T[], ratios: SplitRatios, seed: number): Split<T> {
  checkRatios(ratios)
  const { test, validation } = partSizes(samples.length, ratios)
  if (test + validation >= samples.length) throw new RangeError(`splitSamples: expected samples left to train on, found ${samples.length} in all, ${validation} for validation and ${test} for test`)
  const order = shuffle(samples, seed, 'split')
  return { test: order.slice(0, test), validation: order.slice(test, test + validation), train: order.slice(test + validation), seed }
}

/** Rounded down, as the reference does, the validation part from what the test part leaves. */
function partSizes(count: number, ratios: SplitRatios): { test: number; validation: number } {
  if (!('test' in ratios)) return { test: 0, validation: Math.trunc(count * ratios.validation) }
  const test = Math.trunc(count * ratios.test)
  return { test, validation: Math.trunc(((count - test) * ratios.validation) / (ratios.train + ratios.validation)) }
}

function checkRatios(ratios: SplitRatios): void {
  const values = Object.values(ratios)
  if (!values.every((ratio) => ratio >= 0 && ratio <= 1)) throw new RangeError(`splitSamples: expected ratios from 0 to 1, found ${values.join(', ')}`)
  const sum = values.reduce((total, ratio) => total + ratio, 0)
  if ('test' in ratios && Math.abs(sum - 1) > sumTolerance) throw new RangeError(`splitSamples: expected ratios that sum to 1, found ${values.join(' + ')} = ${sum}`)
}
