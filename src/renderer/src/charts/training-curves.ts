/** @file Which curves a training run has, their values by step, and what they read like at one step. It does not know how they are drawn. */
import type { GrpoMetrics, TrainingStep } from '../../../shared/domain/training-event.ts'
import type { TrainingRecord } from '../../../shared/domain/training-run.ts'
import type { TrainingMethod } from '../../../shared/domain/training.ts'
import type { Palette } from '../theme/palette.ts'
import type { Point } from './chart-option.ts'
import { formatNumber } from './format.ts'

export type CurveRecord = Pick<TrainingRecord, 'steps' | 'evaluations'>

export interface CurveLine {
  name: string
  colour: keyof Palette
  /** Measured now and then: drawn with its points. */
  isSparse: boolean
  points: (record: CurveRecord) => Point[]
}

export interface Curve {
  id: string
  title: string
  legend: string
  /** The axis starts at zero: a rate, a count or a norm. */
  isFromZero: boolean
  /** Of one method only. */
  method?: TrainingMethod
  lines: readonly CurveLine[]
}

/** Unique over all curves. */
export function lineIdOf({ id }: Curve, { name }: CurveLine): string {
  return `${id}-${name}`
}

const ofSteps = (name: string, colour: keyof Palette, read: (step: TrainingStep) => number): CurveLine => ({
  name,
  colour,
  isSparse: false,
  points: ({ steps }) => steps.map((step): Point => [step.step, read(step)]),
})
const ofGrpo = (name: string, colour: keyof Palette, read: (metrics: GrpoMetrics) => number | null): CurveLine => ({
  name,
  colour,
  isSparse: false,
  points: ({ steps }) => steps.flatMap(({ step, grpo }): Point[] => pointOf(step, grpo === null ? null : read(grpo))),
})
const ofEvaluations = (key: 'loss' | 'rewardMean'): CurveLine => ({
  name: 'evaluation',
  colour: 'memory',
  isSparse: true,
  points: ({ evaluations }) => evaluations.flatMap((evaluation): Point[] => pointOf(evaluation.step, evaluation[key])),
})

function pointOf(step: number, value: number | null): Point[] {
  return value === null ? [] : [[step, value]]
}

/** In the order they are looked at. */
const allCurves: readonly Curve[] = [
  { id: 'reward', title: 'Reward', legend: 'mean of a step’s completions', isFromZero: false, method: 'grpo', lines: [ofGrpo('training', 'trigger', (metrics) => metrics.rewardMean), ofEvaluations('rewardMean')] },
  { id: 'rewardStd', title: 'Reward spread', legend: 'standard deviation over a step’s completions', isFromZero: true, method: 'grpo', lines: [ofGrpo('', 'trigger', (metrics) => metrics.rewardStd)] },
  { id: 'loss', title: 'Loss', legend: 'nats a token', isFromZero: false, method: 'sft', lines: [ofSteps('training', 'accent', (step) => step.loss), ofEvaluations('loss')] },
  { id: 'objective', title: 'Loss', legend: 'of the policy, KL included', isFromZero: false, method: 'grpo', lines: [ofSteps('', 'accent', (step) => step.loss)] },
  { id: 'advantageSpread', title: 'Advantage spread', legend: 'largest minus smallest of a group', isFromZero: true, method: 'grpo', lines: [ofGrpo('', 'trigger', (metrics) => metrics.advantageSpread)] },
  { id: 'insertions', title: 'Insertions', legend: 'a completion, the prompt’s included', isFromZero: true, method: 'grpo', lines: [ofGrpo('', 'memory', (metrics) => metrics.insertionsPerCompletion)] },
  { id: 'kl', title: 'KL', legend: 'to the policy at the start, nats', isFromZero: true, method: 'grpo', lines: [ofGrpo('', 'entropy', (metrics) => metrics.kl)] },
  {
    id: 'clip',
    title: 'Clipped',
    legend: 'share of tokens or decisions',
    isFromZero: true,
    method: 'grpo',
    lines: [ofGrpo('in all', 'text', (metrics) => metrics.clipRatioRegion), ofGrpo('low', 'accent', (metrics) => metrics.clipRatioLow), ofGrpo('high', 'entropy', (metrics) => metrics.clipRatioHigh)],
  },
  { id: 'completionLength', title: 'Completion length', legend: 'tokens', isFromZero: true, method: 'grpo', lines: [ofGrpo('', 'accent', (metrics) => metrics.completionLength)] },
  { id: 'gradientNorm', title: 'Gradient norm', legend: 'before clipping', isFromZero: true, lines: [ofSteps('', 'entropy', (step) => step.gradientNorm)] },
  { id: 'learningRate', title: 'Learning rate', legend: '', isFromZero: true, lines: [ofSteps('', 'good', (step) => step.learningRate)] },
  { id: 'tokensPerSecond', title: 'Speed', legend: 'tokens/s', isFromZero: true, lines: [ofSteps('', 'accent', (step) => step.tokensPerSecond)] },
]

/** GRPO's own only for GRPO, and the KL only where a reference policy is held against. */
export function curvesOf({ method, grpo }: { method: TrainingMethod; grpo: { beta: number } | null }): readonly Curve[] {
  return allCurves.filter((curve) => (curve.method === undefined || curve.method === method) && (curve.id !== 'kl' || (grpo?.beta ?? 0) > 0))
}

export interface CurveValue {
  colour: keyof Palette
  /** With the line's name where a curve has several. */
  text: string
}

/** What a curve's lines are at `step`, or were at the last measurement before it; the newest where it is null. Lines without a value are left out. */
export function readCurve({ lines }: Pick<Curve, 'lines'>, record: CurveRecord, step: number | null): CurveValue[] {
  return lines.flatMap(({ name, colour, points }) => {
    const reached = points(record).findLast(([at]) => step === null || at <= step)
    if (reached === undefined) return []
    const value = readingOf(reached[1])
    return [{ colour, text: name === '' ? value : `${name} ${value}` }]
  })
}

/** Learning rates and KLs are small, and three decimals would hide how they change. */
function readingOf(value: number): string {
  return Math.abs(value) < 0.1 ? String(Number(value.toPrecision(3))) : formatNumber(value)
}
