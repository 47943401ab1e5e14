/** @file Which curves a run has, and what they read like. */
import { describe, expect, test } from 'vitest'
import type { TrainingStep } from '../../../shared/domain/training-event.ts'
import { palettes } from '../theme/palette.ts'
import { layOutPanels, panelsData, panelsFrame, panelsTitles } from './curve-panels.ts'
import { curvesOf, readCurve, type CurveRecord } from './training-curves.ts'

const step = (index: number): TrainingStep => ({ step: index, epoch: 0, loss: 4 / index, learningRate: 1e-5, gradientNorm: 1, tokensPerSecond: 100, supervisedTokens: 1, elapsedMs: 1, grpo: null })
const record: CurveRecord = {
  steps: [step(1), step(2), step(4)],
  evaluations: [{ step: 2, epoch: 1, loss: 3, rewardMean: null, sampleCount: 1, isBest: true, elapsedMs: 1 }],
}
const palette = palettes.dark
const layout = layOutPanels(4, { widthPx: 800, heightPx: 600 })
const sft = curvesOf({ method: 'sft', grpo: null })
const loss = sft.find(({ id }) => id === 'loss')
if (loss === undefined) throw new Error('SFT has no loss curve')
const idsOf = (curves: readonly { id: string }[]) => curves.map(({ id }) => id)

describe('curves', () => {
  test('SFT has none of GRPO’s', () => {
    expect(idsOf(sft)).toEqual(['loss', 'gradientNorm', 'learningRate', 'tokensPerSecond'])
  })

  test('the KL is drawn only where a reference policy is held against', () => {
    expect(idsOf(curvesOf({ method: 'grpo', grpo: { beta: 0 } }))).not.toContain('kl')
    expect(idsOf(curvesOf({ method: 'grpo', grpo: { beta: 0.04 } }))).toContain('kl')
  })

  test.each<[number | null, string[]]>([
    [null, ['training 1.00', 'evaluation 3.00']],
    [1, ['training 4.00']],
    [3, ['training 2.00', 'evaluation 3.00']],
    [0, []],
  ])('read at step %s as %j', (at, texts) => {
    expect(readCurve(loss, record, at).map(({ text }) => text)).toEqual(texts)
  })
})

describe('panels', () => {
  test('stand in as many columns as have room for a title', () => {
    expect([200, 700, 720, 5_000].map((widthPx) => layOutPanels(4, { widthPx, heightPx: 0 }).columns)).toEqual([1, 1, 2, 3])
  })

  test('fill the room, but stay high enough to read and low enough to compare', () => {
    const heights = [0, 422, 5_000].map((heightPx) => layOutPanels(4, { widthPx: 800, heightPx }).panelHeightPx)
    expect(heights).toEqual([164, 200, 300])
  })

  test('share one zoom over all step axes', () => {
    expect(panelsFrame(sft, layout, palette).dataZoom).toMatchObject([{ xAxisIndex: [0, 1, 2, 3] }, { xAxisIndex: [0, 1, 2, 3] }])
  })

  test('reach to the end of the plan, and evaluations lie beside the steps', () => {
    const option = panelsData([loss], record, { totalSteps: 30, beside: null }, palette)
    expect(option.xAxis).toMatchObject([{ min: 0, max: 30 }])
    expect(option.series).toMatchObject([{ data: [[1, 4], [2, 2], [4, 1]] }, { data: [] }, { data: [[2, 3]] }, { data: [] }])
  })

  test('name their value at the pointed step', () => {
    expect(panelsTitles([loss], record, { step: 1, beside: null }, layout, palette).title).toMatchObject([{ text: expect.stringContaining('training 4.00') as string }])
  })
})
