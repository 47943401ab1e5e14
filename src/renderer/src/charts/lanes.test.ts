import { describe, expect, it } from 'vitest'
import { weaveIdSchema } from '../../../shared/domain/identifiers.ts'
import type { DecisionSource, Step } from '../../../shared/domain/step.ts'
import type { Weave } from '../../../shared/domain/weave.ts'
import { palettes } from '../theme/palette.ts'
import { lanesData, lanesFrame } from './lanes.ts'
import { latentPoints, normCeiling } from './norm-lane.ts'
import { STRIP_Y, triggerPoints } from './trigger-lane.ts'

function step(index: number, asked: { source: DecisionSource; decision: 0 | 1; pInvoke: number | null } | null = null): Step {
  return {
    index,
    tokenId: 1,
    text: 'a',
    logprob: -1,
    entropy: index / 2,
    topK: [],
    candidate: asked !== null,
    gateReason: null,
    triggerLogits: null,
    pInvoke: asked?.pInvoke ?? null,
    decision: asked?.decision ?? -100,
    decisionSource: asked?.source ?? null,
    augmentationCount: 0,
    weaveId: null,
    randomState: { token: [], trigger: [], policy: [] },
    elapsedMs: { decide: 0, weave: 0, decode: 0 },
  }
}

function weave(stepIndex: number, norms: number[]): Weave {
  const matrix = { rows: 0, columns: 0, data: new Float32Array() }
  return { id: weaveIdSchema.parse(`w${stepIndex}`), stepIndex, kind: 'inference', contextLength: 0, latentsBeforeProjection: matrix, latents: matrix, norms, normsBeforeProjection: norms, nearest: [] }
}

describe('the trigger lane', () => {
  it('draws a probability only where a trained trigger was asked', () => {
    const points = triggerPoints([
      step(0, { source: 'model', decision: 0, pInvoke: 0.2 }),
      step(1),
      step(2, { source: 'constant', decision: 1, pInvoke: null }),
      step(3, { source: 'policy', decision: 1, pInvoke: null }),
      step(4, { source: 'forced', decision: 0, pInvoke: null }),
    ])
    expect(points.probabilities).toEqual([[0, 0.2]])
    expect(points.marks.get('circle-hollow')).toEqual([[0, 0.2]])
    expect(points.marks.get('diamond-filled')).toEqual([[2, STRIP_Y]])
    expect(points.marks.get('square-filled')).toEqual([[3, STRIP_Y]])
    expect(points.marks.get('triangle-hollow')).toEqual([[4, STRIP_Y]])
  })
})

describe('the norm lane', () => {
  const reference = { promptNorms: [1, 2, 3], vocabularyNormQuantiles: [0.1, 0.5, 1, 2, 3, 40, 90] }

  it('draws each latent between its step and the one before', () => {
    expect(latentPoints([weave(5, [6, 7, 8])])).toEqual([[4.25, 6], [4.5, 7], [4.75, 8]])
  })

  it('leaves room for everything drawn, and starts empty without dividing by zero', () => {
    expect(normCeiling([weave(0, [120])], reference)).toBe(140)
    expect(normCeiling([], reference)).toBe(44)
    expect(normCeiling([], { promptNorms: [], vocabularyNormQuantiles: null })).toBe(1)
  })
})

describe('the lanes', () => {
  const palette = palettes.dark
  const data = { steps: [step(0), step(1)], weaves: [], reference: { promptNorms: [], vocabularyNormQuantiles: null } }

  it('share one axis: the same ends in every lane, zoomed together', () => {
    const axes = [lanesData(data, palette).xAxis].flat()
    expect(new Set(axes.map((axis) => `${String(axis?.min)} ${String(axis?.max)}`)).size).toBe(1)
    expect([lanesFrame(280, palette).dataZoom].flat().map((zoom) => zoom?.xAxisIndex)).toEqual([[0, 1, 2], [0, 1, 2]])
  })

  it('hold no bars, which would widen the axis of their lane alone', () => {
    const types = [lanesData(data, palette).series].flat().map((series) => series?.type)
    expect(types.every((type) => type === 'line' || type === 'scatter')).toBe(true)
  })

  it('keep the ids of their series from step to step, so that only data is replaced', () => {
    const ids = (option: ReturnType<typeof lanesData>): unknown[] => [option.series].flat().map((series) => series?.id)
    const later = { ...data, steps: [...data.steps, step(2, { source: 'model', decision: 1, pInvoke: 0.9 })], weaves: [weave(2, [1])] }
    expect(ids(lanesData(later, palette))).toEqual(ids(lanesData(data, palette)))
    expect(new Set(ids(lanesData(data, palette))).size).toBe(ids(lanesData(data, palette)).length)
  })

  it('fit into a low panel', () => {
    const grids = [lanesFrame(150, palette).grid].flat()
    expect(grids.every((grid) => Number(grid?.height) > 0)).toBe(true)
  })
})
