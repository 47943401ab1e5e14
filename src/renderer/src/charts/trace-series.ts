/**
 * @file What the lanes draw of a trace, as series that grow with it. It does not know how they are drawn, nor what is computed on demand.
 */
import type { StepOverview, WeaveOverview } from '../../../shared/domain/trace-columns.ts'
import { markKindIndex, markKinds } from './decision-mark.ts'
import { appendPoint, createSeries, type Series } from './series.ts'
import { latentPosition } from './token-axis.ts'

export interface TraceSeries {
  entropy: Series
  logprob: Series
  /** KL against the vanilla twin where it ran alongside, else NaN. */
  divergence: Series
  decideMs: Series
  weaveMs: Series
  decodeMs: Series
  /** The three together. */
  totalMs: Series
  /** pInvoke of every step with a decision mark, NaN where it has no probability. */
  decisions: Series
  /** For each point of `decisions` its mark, as `markKinds` counts them. */
  decisionMarks: number[]
  /** How often each of `markKinds` occurs. */
  markCounts: number[]
  /** The norm of every latent, at its place between the steps. */
  norms: Series
  stepCount: number
  weaveCount: number
  /** Steps whose twin is known. */
  twinCount: number
}

export function createTraceSeries(): TraceSeries {
  return {
    entropy: createSeries(),
    logprob: createSeries(),
    divergence: createSeries(),
    decideMs: createSeries(),
    weaveMs: createSeries(),
    decodeMs: createSeries(),
    totalMs: createSeries(),
    decisions: createSeries(),
    decisionMarks: [],
    markCounts: markKinds.map(() => 0),
    norms: createSeries(),
    stepCount: 0,
    weaveCount: 0,
    twinCount: 0,
  }
}

/** Takes in the steps and weaves that are new; those before must be the ones taken in earlier. */
export function extendTraceSeries(series: TraceSeries, steps: readonly StepOverview[], weaves: readonly WeaveOverview[]): void {
  for (let index = series.stepCount; index < steps.length; index++) {
    const step = steps[index]
    if (step !== undefined) appendStep(series, step)
  }
  for (let index = series.weaveCount; index < weaves.length; index++) {
    const weave = weaves[index]
    weave?.norms.forEach((norm, latent) => appendPoint(series.norms, latentPosition(weave.stepIndex, latent, weave.norms.length), norm))
  }
  series.stepCount = steps.length
  series.weaveCount = weaves.length
}

function appendStep(series: TraceSeries, step: StepOverview): void {
  const { index, elapsedMs } = step
  appendPoint(series.entropy, index, step.entropy)
  appendPoint(series.logprob, index, step.logprob)
  appendPoint(series.divergence, index, step.twin?.kl ?? Number.NaN)
  if (step.twin !== null) series.twinCount += 1
  appendPoint(series.decideMs, index, elapsedMs.decide)
  appendPoint(series.weaveMs, index, elapsedMs.weave)
  appendPoint(series.decodeMs, index, elapsedMs.decode)
  appendPoint(series.totalMs, index, elapsedMs.decide + elapsedMs.weave + elapsedMs.decode)
  const mark = markKindIndex(step)
  if (mark < 0) return
  appendPoint(series.decisions, index, step.pInvoke ?? Number.NaN)
  series.decisionMarks.push(mark)
  series.markCounts[mark] = (series.markCounts[mark] ?? 0) + 1
}
