/** @file Curves of another program beside a run's own: which line each belongs to, and which have none. It does not know how they are drawn. */
import type { CurveSeries } from '../../../shared/domain/imported-curves.ts'
import type { Point } from './chart-option.ts'
import { lineIdOf, type Curve, type CurveLine } from './training-curves.ts'

export interface CurvesBeside {
  name: string
  /** By the id of the line they lie beside. */
  lines: ReadonlyMap<string, CurveLine>
  /** Of series that measure what no panel shows. */
  tagsNotShown: readonly string[]
}

const duringTraining = (name: string): readonly string[] => [`train/${name}`, name]

/** As Hugging Face's Trainer (loss to grad_norm, eval/loss) and TRL's GRPOTrainer (the others) name their scalars; the first that is there counts. */
const tagsByLine: Readonly<Record<string, readonly string[]>> = {
  'reward-training': duringTraining('reward'),
  'loss-training': duringTraining('loss'),
  'loss-evaluation': ['eval/loss'],
  'objective-': duringTraining('loss'),
  'rewardStd-': duringTraining('reward_std'),
  'kl-': duringTraining('kl'),
  'clip-in all': duringTraining('clip_ratio/region_mean'),
  'clip-low': duringTraining('clip_ratio/low_mean'),
  'clip-high': duringTraining('clip_ratio/high_mean'),
  'completionLength-': duringTraining('completions/mean_length'),
  'gradientNorm-': duringTraining('grad_norm'),
  'learningRate-': duringTraining('learning_rate'),
}

/** Each line in the colour of the one it lies beside. */
export function curvesBeside(curves: readonly Curve[], name: string, series: readonly CurveSeries[]): CurvesBeside {
  const shown = new Set<string>()
  const lines = new Map<string, CurveLine>()
  for (const curve of curves) {
    for (const line of curve.lines) {
      const id = lineIdOf(curve, line)
      const found = tagsByLine[id]?.flatMap((tag) => series.find((one) => one.tag === tag) ?? [])[0]
      if (found === undefined) continue
      shown.add(found.tag)
      const points = pointsOf(found)
      lines.set(id, { ...line, points: () => points })
    }
  }
  return { name, lines, tagsNotShown: series.map(({ tag }) => tag).filter((tag) => !shown.has(tag)) }
}

/** What lies beside one curve, in the order of its own lines. */
export function linesBeside(curve: Curve, beside: CurvesBeside | null): CurveLine[] {
  return curve.lines.flatMap((line) => beside?.lines.get(lineIdOf(curve, line)) ?? [])
}

/** What is no number is a gap. */
function pointsOf({ steps, values }: CurveSeries): Point[] {
  return Array.from(steps, (step, index): Point => {
    const value = values[index] ?? NaN
    return [step, Number.isFinite(value) ? value : NaN]
  })
}
