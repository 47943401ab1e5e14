/** @file What a measure of `npm run bench` is given and what it answers. It knows no measure. */
import { median } from '../median.ts'

export interface MeasureOptions {
  readonly threads: number
  /** How often both sides of a ratio take turns. */
  readonly repeats: number
  /** Random models and other engines' copies of them are kept here. */
  readonly cacheDir: string
  /** Layers of the measured shape: 24 are Qwen2.5-0.5B; fewer only try the benchmark out. */
  readonly layers: number
  /** Tells what is being done. */
  readonly say: (text: string) => void
}

export type Aim = { readonly atLeast: number } | { readonly atMost: number }

/** One line of the table, one entry of `ratios`. */
export interface Row {
  /** Under `ratios`. */
  readonly key: string
  readonly title: string
  /** With its unit. */
  readonly measured: string
  /** What it is divided by, with its unit. */
  readonly against: string
  /** null where it could not be measured; `note` then says why. */
  readonly ratio: number | null
  /** null where nothing was promised. */
  readonly aim: Aim | null
  /** @default nothing to add */
  readonly note?: string
}

export interface Measurement {
  readonly rows: readonly Row[]
  /** Every single repeat and what was counted, for `--json`. */
  readonly raw: Readonly<Record<string, unknown>>
}

export type Measure = (options: MeasureOptions) => Promise<Measurement>

/** Whether an aim was reached; null where there is none or nothing was measured. */
export function isReached({ ratio, aim }: Pick<Row, 'ratio' | 'aim'>): boolean | null {
  if (ratio === null || aim === null) return null
  return 'atLeast' in aim ? ratio >= aim.atLeast : ratio <= aim.atMost
}

/** Runs a measurement `repeats` times and keeps every result. */
export async function repeated<Result>({ repeats, say }: Pick<MeasureOptions, 'repeats' | 'say'>, measureOnce: () => Promise<Result>): Promise<Result[]> {
  const results: Result[] = []
  for (let repeat = 0; repeat < repeats; repeat++) {
    say(`repeat ${repeat + 1} of ${repeats}`)
    results.push(await measureOnce())
  }
  return results
}

export function medianOf<Result>(results: readonly Result[], value: (result: Result) => number): number {
  return median(results.map(value))
}
