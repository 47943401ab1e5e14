import { describe, expect, it } from 'vitest'
import type { CompactRecord } from '../../../shared/domain/compact-record.ts'
import { palettes } from '../theme/palette.ts'
import { overlaidLanes } from './lane-overlay.ts'
import { lanes } from './lanes.ts'
import { laneTraceOfRecord, onCommonAxes } from './record-trace.ts'

const record: CompactRecord = {
  promptTokenCount: 5,
  tokenIds: Int32Array.of(7, 8, 9),
  texts: ['a', '.', 'b'],
  logprobs: Float32Array.of(-1, -2, -3),
  entropies: Float32Array.of(0.5, 1, 2),
  asked: [
    { stepIndex: 0, decision: 1, source: 'constant', delimiter: null, triggerLogits: [0, 1] },
    { stepIndex: 2, decision: 0, source: 'model', delimiter: '.', triggerLogits: [Math.log(3), 0] },
  ],
  donors: null,
  weaves: [{ stepIndex: 0, kind: 'prompt', contextLength: 5, norms: [3, 4], latents: null, latentsBeforeProjection: null }],
}

describe('a compact record as a trace', () => {
  it('has a step for each token, with decisions where somebody was asked', () => {
    const { steps, weaveById } = laneTraceOfRecord(record)
    expect(steps.map(({ text, candidate, decision }) => [text, candidate, decision])).toEqual([['a', true, 1], ['.', false, -100], ['b', true, 0]])
    expect(steps[0]?.weaveId === null ? undefined : weaveById.get(steps[0]!.weaveId)?.norms).toEqual([3, 4])
  })

  it('gives a probability to a trained trigger alone', () => {
    const { steps } = laneTraceOfRecord(record)
    expect(steps[0]?.pInvoke).toBeNull()
    expect(steps[2]?.pInvoke).toBeCloseTo(0.25, 12)
  })

  it('counts insertions without the prompt’s', () => {
    expect(laneTraceOfRecord({ ...record, weaves: [...record.weaves, { ...record.weaves[0]!, stepIndex: 2, kind: 'inference' }] }).steps.map(({ augmentationCount }) => augmentationCount)).toEqual([0, 0, 1])
  })
})

describe('two records over one axis', () => {
  const other = laneTraceOfRecord({ ...record, entropies: Float32Array.of(0.1, 9, 0.2) })

  it('share the extremes of every curve', () => {
    const [first] = onCommonAxes([laneTraceOfRecord(record), other])
    expect(first?.series.entropy.highest).toBe(9)
    expect(first?.series.entropy.lowest).toBeCloseTo(0.1, 6)
  })

  it('are drawn as series of their own, the second dashed', () => {
    const shown = [lanes.trigger, lanes.entropy, lanes.norms]
    const { series } = overlaidLanes(shown, [laneTraceOfRecord(record), other], { window: { min: -1, max: 3 }, widthPx: 500, palette: palettes.dark })
    const ids = [series ?? []].flat().map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    const second = [series ?? []].flat().find(({ id }) => id === 'entropy-1')
    expect(second).toMatchObject({ lineStyle: { type: 'dashed', color: palettes.dark.accent } })
  })
})
