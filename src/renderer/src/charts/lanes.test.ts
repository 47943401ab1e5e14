import { describe, expect, it } from 'vitest'
import { weaveIdSchema, type WeaveId } from '../../../shared/domain/identifiers.ts'
import type { DecisionSource } from '../../../shared/domain/step.ts'
import type { StepOverview, WeaveOverview } from '../../../shared/domain/trace-columns.ts'
import { palettes } from '../theme/palette.ts'
import { drawSvg } from './echarts.ts'
import { exportFileName, laneCsv, lanePicture } from './lane-export.ts'
import { lanesData, lanesFrame } from './lane-chart.ts'
import { drawnWidth, layOutLanes, pixelAt, positionAt } from './lane-layout.ts'
import { laneIds, type LaneTrace } from './lane.ts'
import { lanes } from './lanes.ts'
import { normScale } from './norm-lane.ts'
import { seriesOf } from './series.ts'
import { windowOn } from './token-window.ts'
import { createTraceSeries, extendTraceSeries } from './trace-series.ts'
import { marksInWindow, STRIP_Y } from './trigger-lane.ts'
import { markKinds } from './decision-mark.ts'

function step(index: number, asked: { source: DecisionSource; decision: 0 | 1; pInvoke: number | null } | null = null): StepOverview {
  return {
    index,
    tokenId: 1,
    text: 'a',
    logprob: -1,
    entropy: index / 2,
    candidate: asked !== null,
    pInvoke: asked?.pInvoke ?? null,
    decision: asked?.decision ?? -100,
    decisionSource: asked?.source ?? null,
    augmentationCount: 0,
    weaveId: null,
    elapsedMs: { decide: 1, weave: 2, decode: 4 },
    twin: null,
  }
}

function weave(stepIndex: number, norms: number[]): WeaveOverview {
  return { id: weaveIdSchema.parse(`w${stepIndex}`), stepIndex, kind: 'inference', contextLength: 0, norms }
}

function traceOf(steps: readonly StepOverview[], weaves: readonly WeaveOverview[] = []): LaneTrace {
  const series = createTraceSeries()
  extendTraceSeries(series, steps, weaves)
  const weaveById = new Map<WeaveId, WeaveOverview>(weaves.map((entry) => [entry.id, entry]))
  return { steps, weaveById, series, reference: { promptNorms: [], vocabularyNormQuantiles: null }, attention: null, twin: null }
}

const palette = palettes.dark
const everyLane = laneIds.map((id) => lanes[id])
const viewOf = (trace: LaneTrace, widthPx = 800) => ({ window: windowOn(null, trace.steps.length), widthPx, palette })
const seriesIn = (trace: LaneTrace) => [lanesData(everyLane, trace, viewOf(trace)).series].flat().flatMap((series) => series ?? [])

describe('the trigger lane', () => {
  const marksOf = (trace: LaneTrace, shape: string, isFilled: boolean): unknown => marksInWindow(trace.series, viewOf(trace))[markKinds.findIndex((kind) => kind.shape === shape && kind.isFilled === isFilled)]

  it('draws a probability only where a trained trigger was asked', () => {
    const trace = traceOf([
      step(0, { source: 'model', decision: 0, pInvoke: 0.2 }),
      step(1),
      step(2, { source: 'constant', decision: 1, pInvoke: null }),
      step(3, { source: 'policy', decision: 1, pInvoke: null }),
      step(4, { source: 'forced', decision: 0, pInvoke: null }),
    ])
    expect(seriesIn(trace).find(({ id }) => id === 'trigger-probability')?.data).toEqual(Float64Array.of(0, 0, 0, 0.2, 0, NaN))
    expect(marksOf(trace, 'circle', false)).toEqual([[0, 0.2]])
    expect(marksOf(trace, 'diamond', true)).toEqual([[2, STRIP_Y]])
    expect(marksOf(trace, 'square', true)).toEqual([[3, STRIP_Y]])
    expect(marksOf(trace, 'triangle', false)).toEqual([[4, STRIP_Y]])
  })

  it('thins thousands of marks, and keeps the highest and lowest', () => {
    const trace = traceOf(Array.from({ length: 50_000 }, (_, index) => step(index, { source: 'model', decision: 0, pInvoke: index === 31_234 ? 0.49 : index === 31_240 ? 0.01 : 0.2 })))
    const marks = marksInWindow(trace.series, viewOf(trace))
    expect(marks.flat().length).toBeLessThan(600)
    expect(marks.flat()).toEqual(expect.arrayContaining([[31_234, 0.49], [31_240, 0.01]]))
  })
})

describe('the norm lane', () => {
  const reference = { promptNorms: [1, 2, 3], vocabularyNormQuantiles: [0.1, 0.5, 1, 2, 3, 4, 9] }
  const scaleOf = (norms: number[], with_ = reference) => normScale({ series: traceOf([], [weave(0, norms)]).series, reference: with_ })

  it('draws each latent between its step and the one before', () => {
    const { norms } = traceOf([], [weave(5, [6, 7, 8])]).series
    expect([...norms.x.slice(0, 3)]).toEqual([4.25, 4.5, 4.75])
    expect([...norms.y.slice(0, 3)]).toEqual([6, 7, 8])
  })

  it('reads a block that was left out as one', () => {
    const dropped = weave(0, [])
    const asked = { ...step(0, { source: 'model', decision: 1, pInvoke: 0.9 }), weaveId: dropped.id }
    const trace = traceOf([asked], [dropped])
    expect(lanes.norms.reading(trace, asked)).toBe('left out with its cluster')
    expect(scaleOf([])).toMatchObject({ isLog: false })
  })

  it('starts at zero while all norms can be told apart, and empty without dividing by zero', () => {
    expect(scaleOf([6, 7])).toMatchObject({ isLog: false, axis: { min: 0, max: expect.closeTo(7.8) as number } })
    expect(scaleOf([], { promptNorms: [], vocabularyNormQuantiles: [] })).toMatchObject({ isLog: false, axis: { min: 0, max: 1 } })
  })

  it('turns logarithmic, and says so, where latents dwarf the tokens', () => {
    const trace = { ...traceOf([], [weave(0, [30, 0])]), reference: { promptNorms: [1, 1.1], vocabularyNormQuantiles: null } }
    const { isLog, axis, place } = normScale(trace)
    expect(isLog).toBe(true)
    expect(axis.ticks.map(({ label }) => label)).toEqual(['1', '3', '10', '30'])
    expect(place(30)).toBeLessThan(axis.max)
    // A zeroed latent has no logarithm; it lies on the floor.
    expect(place(0)).toBe(axis.min)
    expect(lanes.norms.legend(trace, viewOf(trace))).toContain('log axis')
  })
})

describe('the time lane', () => {
  it('stacks the phases, and is not flattened by the step that reads the prompt', () => {
    const steps = [{ ...step(0), elapsedMs: { decide: 0, weave: 0, decode: 900 } }, step(1), step(2)]
    const trace = traceOf(steps)
    expect(lanes.time.series(trace, viewOf(trace)).map(({ data }) => (Array.isArray(data) ? data[1] : null))).toEqual([[1, 7], [1, 3], [1, 1]])
    expect(lanes.time.axis(trace).max).toBe(7)
    expect(lanes.time.legend(trace, viewOf(trace))).toContain('is cut')
  })
})

describe('the KL lane', () => {
  const twin = { tokenId: 2, text: '<b>', logprob: -2, kl: 0.5 }

  it('reads the twin that ran alongside, else the one computed later', () => {
    const trace = { ...traceOf([step(0), { ...step(1), twin }]), twin: { steps: [{ ...twin, kl: 0.25 }, { ...twin, kl: 0.75 }], divergence: seriesOf([0.25, 0.75]) } }
    expect(trace.steps.map((entry) => lanes.divergence.csvColumns[0]?.value(trace, entry))).toEqual([0.25, 0.5])
    expect(lanes.divergence.reading(trace, step(0))).toBe('KL 0.250, without memory “<b>”')
    expect(lanes.divergence.reading(traceOf([step(0)]), step(0))).toBeNull()
  })
})

describe('the lanes', () => {
  const trace = traceOf([step(0), step(1)])

  it('share one axis: the same ends in every lane', () => {
    const axes = [lanesData(everyLane, trace, viewOf(trace)).xAxis].flat()
    expect(new Set(axes.map((axis) => `${String(axis?.min)} ${String(axis?.max)}`)).size).toBe(1)
    expect(axes).toHaveLength(laneIds.length)
  })

  it('hold no bars, which would widen the axis of their lane alone', () => {
    expect(seriesIn(trace).every(({ type }) => type === 'line' || type === 'scatter')).toBe(true)
  })

  it('keep the ids of their series from step to step, so that only data is replaced', () => {
    const ids = seriesIn(trace).map(({ id }) => id)
    const later = traceOf([...trace.steps, step(trace.steps.length, { source: 'model', decision: 1, pInvoke: 0.9 })], [...trace.weaveById.values()])
    expect(seriesIn(later).map(({ id }) => id)).toEqual(expect.arrayContaining(ids))
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('have no series for what a trace has nowhere, and draw a kind of mark that comes up late below those after it', () => {
    const inserted = traceOf([step(0, { source: 'model', decision: 1, pInvoke: 0.9 })])
    const [filled, ...others] = seriesIn(inserted).filter(({ type }) => type === 'scatter').filter(({ id }) => String(id).startsWith('trigger'))
    expect([filled?.id, others]).toEqual(['trigger-mark-circle-filled', []])
    expect(seriesIn(inserted).map(({ id }) => id)).not.toContain('divergence')
    const declinedToo = traceOf([...inserted.steps, step(1, { source: 'model', decision: 0, pInvoke: 0.1 })])
    const hollow = seriesIn(declinedToo).find(({ id }) => id === 'trigger-mark-circle-hollow')
    expect(Number(hollow?.z)).toBeLessThan(Number(filled?.z))
  })

  it('draw some thousand points of a trace of 100,000 tokens', () => {
    const long = traceOf(
      Array.from({ length: 100_000 }, (_, index) => step(index, index % 10 === 0 ? { source: 'model', decision: 0, pInvoke: (index % 97) / 97 } : null)),
      Array.from({ length: 2_000 }, (_, index) => weave(50 * index, [1, 2, 3, 4, 5, 6, 7, 8])),
    )
    const points = seriesIn(long).map(({ data }) => (data instanceof Float64Array ? data.length / 2 : 0))
    expect(Math.max(...points)).toBeGreaterThan(1_000)
    expect(Math.max(...points)).toBeLessThan(6_000)
  })

  it('grow with a trace as if it had been read at once', () => {
    const steps = Array.from({ length: 700 }, (_, index) => step(index, index % 5 === 0 ? { source: 'model', decision: 1, pInvoke: 0.7 } : null))
    const weaves = [weave(0, [1, 2]), weave(400, [3])]
    const series = createTraceSeries()
    extendTraceSeries(series, steps.slice(0, 300), weaves.slice(0, 1))
    extendTraceSeries(series, steps, weaves)
    expect(series).toEqual(traceOf(steps, weaves).series)
  })
})

describe('the layout', () => {
  it('fills the room by shares, and grows beyond it before a lane gets too low', () => {
    expect(layOutLanes(everyLane.slice(0, 3), 400).heightPx).toBe(400)
    const crowded = layOutLanes(everyLane, 150)
    expect(crowded.heightPx).toBeGreaterThan(150)
    expect(crowded.places.every(({ height }) => height >= 34)).toBe(true)
    expect([lanesFrame(everyLane, crowded, palette).grid].flat().every((grid) => Number(grid?.height) > 0)).toBe(true)
  })

  it('finds the position under a pixel and the pixel of a position', () => {
    const window = { min: 10, max: 30 }
    const px = pixelAt(17, 500, window) ?? 0
    expect(positionAt(px, 500, window)).toBeCloseTo(17)
    expect(pixelAt(31, 500, window)).toBeNull()
    expect(drawnWidth(10)).toBe(1)
  })
})

describe('an exported lane', () => {
  it('has a row for every step, and text that would break a cell in quotes', () => {
    const csv = laneCsv(lanes.trigger, traceOf([{ ...step(0, { source: 'model', decision: 1, pInvoke: 0.75 }), text: 'a,"\n' }, step(1)]))
    expect(csv).toBe('step,token_id,token,candidate,p_invoke,decision,decision_source,augmentation_count\r\n0,1,"a,""\n",1,0.75,1,model,0\r\n1,1,a,0,,-100,,0\r\n')
  })

  it.each(everyLane)('becomes a picture: $id', (lane) => {
    const trace = traceOf([step(0, { source: 'model', decision: 1, pInvoke: 0.75 }), step(1, { source: 'constant', decision: 0, pInvoke: null })], [weave(1, [2, 3])])
    const { option, size } = lanePicture(lane, trace, viewOf(trace), 1200)
    const svg = drawSvg(option, size)
    expect(svg).toMatch(/^<svg[^>]* width="1200"/)
    expect(svg).toContain(lane.title)
  })

  it('is named after its trace and lane', () => {
    expect(exportFileName('a/../b:1', 'entropy', 'svg')).toBe('trace-a_b_1-entropy.svg')
  })
})
