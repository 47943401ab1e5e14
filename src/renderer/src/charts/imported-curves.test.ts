/** @file Which imported curve lies beside which line. */
import { describe, expect, test } from 'vitest'
import type { CurveSeries } from '../../../shared/domain/imported-curves.ts'
import { palettes } from '../theme/palette.ts'
import { layOutPanels, panelsData, panelsTitles } from './curve-panels.ts'
import { curvesBeside, linesBeside } from './imported-curves.ts'
import { curvesOf } from './training-curves.ts'

const sft = curvesOf({ method: 'sft', grpo: null })
const grpo = curvesOf({ method: 'grpo', grpo: { beta: 0.04 } })
const empty = { steps: [], evaluations: [] }
const seriesOf = (tag: string, values: readonly number[] = [1]): CurveSeries => ({ tag, steps: Float64Array.from(values, (_, index) => 10 * (index + 1)), values: Float64Array.from(values) })

describe('curves of another program', () => {
  test.each<[string, readonly { id: string }[], string[], string[]]>([
    ['Trainer’s', sft, ['train/loss', 'train/learning_rate', 'train/grad_norm', 'eval/loss'], ['gradientNorm-', 'learningRate-', 'loss-evaluation', 'loss-training']],
    [
      'GRPOTrainer’s',
      grpo,
      ['train/loss', 'train/reward', 'train/reward_std', 'train/kl', 'train/clip_ratio/low_mean', 'train/clip_ratio/high_mean', 'train/clip_ratio/region_mean', 'train/completions/mean_length'],
      ['clip-high', 'clip-in all', 'clip-low', 'completionLength-', 'kl-', 'objective-', 'reward-training', 'rewardStd-'],
    ],
    ['unprefixed', sft, ['loss', 'grad_norm'], ['gradientNorm-', 'loss-training']],
  ])('lie beside the lines that measure the same: %s', (_, curves, tags, lines) => {
    const beside = curvesBeside(curves === sft ? sft : grpo, 'trl', tags.map((tag) => seriesOf(tag)))
    expect([...beside.lines.keys()].sort()).toEqual(lines)
    expect(beside.tagsNotShown).toEqual([])
  })

  test('that no panel shows are named, and so is a second one for the same line', () => {
    expect(curvesBeside(sft, 'trl', ['loss', 'train/epoch', 'train/loss', 'train/reward'].map((tag) => seriesOf(tag))).tagsNotShown).toEqual(['loss', 'train/epoch', 'train/reward'])
  })

  test('have a gap where a value is no number', () => {
    const [loss] = sft
    if (loss === undefined) throw new Error('SFT has no curves')
    const [line] = linesBeside(loss, curvesBeside(sft, 'trl', [seriesOf('loss', [2, Infinity, 1])]))
    expect(line?.points(empty)).toEqual([[10, 2], [20, NaN], [30, 1]])
  })
})

describe('panels', () => {
  const palette = palettes.dark
  const beside = curvesBeside(sft, 'a {rich|name}', [seriesOf('loss', [3, 2, 1.5])])

  test('draw them dashed in the colour of the line they lie beside, and reach to their end', () => {
    const option = panelsData(sft.slice(0, 1), empty, { totalSteps: 20, beside }, palette)
    expect(option.xAxis).toMatchObject([{ max: 30 }])
    expect(option.series).toMatchObject([
      { id: 'loss-training', lineStyle: { color: palette.accent }, data: [] },
      { id: 'loss-training-beside', lineStyle: { color: palette.accent, type: 'dashed' }, data: [[10, 3], [20, 2], [30, 1.5]] },
      { id: 'loss-evaluation' },
      { id: 'loss-evaluation-beside', data: [] },
    ])
  })

  test('take them away again', () => {
    expect(panelsData(sft.slice(0, 1), empty, { totalSteps: 20, beside: null }, palette).series).toMatchObject([{}, { id: 'loss-training-beside', data: [] }, {}, { id: 'loss-evaluation-beside', data: [] }])
  })

  test('name them in a second line with their value at the pointed step', () => {
    const layout = layOutPanels(1, { widthPx: 800, heightPx: 600 }, { titleLines: 2 })
    expect(panelsTitles(sft.slice(0, 1), empty, { step: 25, beside }, layout, palette).title).toMatchObject([{ text: expect.stringMatching(/\n\{legend\|┄┄ a {2}rich name \} {2}\{accent\|training 2\.00\}$/) as string }])
  })
})
