/** @file Where and how surely memory was inserted, as lines of one run each, and what it was worth, as ECharts options. It does not know the chart instance. */
import type { BenefitPoint, RunTriggerStatistics } from '../../../shared/domain/trigger-statistics.ts'
import { monospaceFont } from '../theme/fonts.ts'
import type { Palette, ThemeName } from '../theme/palette.ts'
import { categoryMark } from './categories.ts'
import type { ChartOption, Point, SeriesOption } from './chart-option.ts'

export interface TriggerColours {
  readonly palette: Palette
  readonly theme: ThemeName
}

/** `count` as in the paper's figures; `rate` is insertions among places where somebody was asked. */
export type PositionMeasure = 'count' | 'rate'

/** Inference insertions by relative position in the completion. */
export function positionChart(runs: readonly RunTriggerStatistics[], measure: PositionMeasure, colours: TriggerColours): ChartOption {
  const series = runs.map(({ byPosition, completionCount }, index) => {
    const points = byPosition.map(({ asked, inserted }, bin): Point => [(100 * (bin + 0.5)) / byPosition.length, measure === 'count' ? inserted / Math.max(1, completionCount) : asked === 0 ? Number.NaN : inserted / asked])
    return lineOf(`position-${index}`, points, index, colours)
  })
  return { ...frame({ x: { name: 'position in the completion, %', max: 100 }, y: { name: measure === 'count' ? 'insertions per completion' : 'share of asked places', max: measure === 'rate' ? 1 : null } }, colours), series }
}

/** How often the trained trigger gave each probability of inserting. */
export function probabilityChart(runs: readonly RunTriggerStatistics[], colours: TriggerColours): ChartOption {
  const series = runs.map(({ byProbability }, index) => {
    const total = byProbability.reduce((sum, { asked }) => sum + asked, 0)
    return lineOf(`probability-${index}`, byProbability.map(({ asked }, bin): Point => [(bin + 0.5) / byProbability.length, total === 0 ? Number.NaN : asked / total]), index, colours)
  })
  return { ...frame({ x: { name: 'pInvoke of the trained trigger', max: 1 }, y: { name: 'share of its answers', max: null } }, colours), series }
}

/** What inserting at one candidate alone changed, against what the trigger said there. */
export function benefitChart(points: readonly BenefitPoint[], colours: TriggerColours): ChartOption {
  const { colour, symbol } = categoryMark(0, colours.theme)
  const known = points.flatMap(({ pInvoke, benefit }): Point[] => (pInvoke === null ? [] : [[pInvoke, benefit]]))
  const series: SeriesOption[] = [{ id: 'benefit', type: 'scatter', data: known, symbol, symbolSize: 8, silent: true, itemStyle: { color: colour, opacity: 0.7 } }]
  return { ...frame({ x: { name: 'pInvoke at the candidate', max: 1 }, y: { name: 'score with − without', max: null } }, colours), series }
}

function lineOf(id: string, data: Point[], index: number, { theme }: TriggerColours): SeriesOption {
  const { colour, symbol } = categoryMark(index, theme)
  return { id, type: 'line', data, symbol, symbolSize: 6, silent: true, connectNulls: false, lineStyle: { color: colour, width: 1.5 }, itemStyle: { color: colour } }
}

interface Axis {
  readonly name: string
  /** null leaves it to the data. */
  readonly max: number | null
}

function frame({ x, y }: { x: Axis; y: Axis }, { palette }: TriggerColours): ChartOption {
  const label = { color: palette.textMuted, fontSize: 11, fontFamily: monospaceFont }
  const axis = ({ name, max }: Axis) => ({
    type: 'value' as const,
    name,
    nameLocation: 'middle' as const,
    nameTextStyle: { color: palette.textMuted, fontSize: 11 },
    ...(max !== null && { max }),
    axisLabel: label,
    axisTick: { show: false },
    axisLine: { lineStyle: { color: palette.lineStrong } },
    splitLine: { lineStyle: { color: palette.line, opacity: 0.6 } },
  })
  return { animation: false, grid: { left: 62, right: 16, top: 12, bottom: 46 }, xAxis: { ...axis(x), min: 0, nameGap: 28 }, yAxis: { ...axis(y), nameGap: 44 } }
}
