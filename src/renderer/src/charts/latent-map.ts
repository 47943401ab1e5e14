/** @file Points of the latent lab as a scatter chart's option: a series for each category, the picked ones on top. It does not know the chart instance. */
import type { LatentPoints } from '../../../shared/domain/latent-lab.ts'
import type { Palette, ThemeName } from '../theme/palette.ts'
import { monospaceFont } from '../theme/fonts.ts'
import { categoryMark } from './categories.ts'
import type { ChartOption, SeriesOption } from './chart-option.ts'
import type { PointCategories } from './point-categories.ts'

/** From so many points on they are squares of a few pixels: a path of tens of thousands of shapes takes seconds to fill. */
const LARGE_FROM = 2_000
/** Below 4 the library fills each square by itself, without a path. */
const LARGE_SIZE_PX = 3
const SMALL_SIZE_PX = 7

/** Around the plane, in pixels. */
const margin = { left: 28, right: 16, top: 16, bottom: 28 }

export interface MapColours {
  readonly palette: Palette
  readonly theme: ThemeName
}

/** Whether shapes tell categories apart beside their colours; where they cannot, categories can still be shown alone. */
export function hasShapes(points: LatentPoints): boolean {
  return points.x.length < LARGE_FROM
}

/** Axes without numbers that mean nothing: a projection's units are its own. */
export function mapFrame(axisNames: readonly [string, string], { palette }: MapColours): ChartOption {
  const axis = {
    type: 'value' as const,
    scale: true,
    axisLabel: { show: false },
    axisTick: { show: false },
    axisLine: { onZero: false, lineStyle: { color: palette.line } },
    splitLine: { lineStyle: { color: palette.line, opacity: 0.5 } },
    nameLocation: 'middle' as const,
    nameTextStyle: { color: palette.textMuted, fontSize: 11, fontFamily: monospaceFont },
  }
  return {
    animation: false,
    grid: margin,
    xAxis: { ...axis, name: axisNames[0], nameGap: 8 },
    yAxis: { ...axis, name: axisNames[1], nameGap: 8 },
    dataZoom: [
      { id: 'x', type: 'inside', xAxisIndex: 0, filterMode: 'none' },
      { id: 'y', type: 'inside', yAxisIndex: 0, filterMode: 'none' },
    ],
  }
}

/** The plane within a chart of this size. */
export function planeSize(widthPx: number, heightPx: number): { widthPx: number; heightPx: number } {
  return { widthPx: widthPx - margin.left - margin.right, heightPx: heightPx - margin.top - margin.bottom }
}

/** Categories that are `hidden` are not drawn. */
export function mapSeries(points: LatentPoints, categories: PointCategories, hidden: ReadonlySet<number>, { theme }: MapColours): ChartOption {
  const isLarge = !hasShapes(points)
  const series = categories.labels.map((_, category): SeriesOption => {
    const { colour, symbol } = categoryMark(category, theme)
    return {
      id: `category-${category}`,
      type: 'scatter',
      data: hidden.has(category) ? new Float32Array() : coordinatesOf(points, (index) => categories.index[index] === category),
      dimensions: ['x', 'y'],
      symbol: isLarge ? 'rect' : symbol,
      symbolSize: isLarge ? LARGE_SIZE_PX : SMALL_SIZE_PX,
      large: isLarge,
      largeThreshold: 0,
      progressive: 0,
      silent: true,
      itemStyle: { color: colour, opacity: isLarge ? 0.55 : 0.85 },
    }
  })
  return { series }
}

/** Rings around the picked points; too many would hide what they ring. */
export function pickedSeries(points: LatentPoints, picked: readonly number[], current: number | null, { palette }: MapColours): ChartOption {
  const ring = (id: string, indices: readonly number[], size: number, width: number): SeriesOption => ({
    id,
    type: 'scatter',
    data: indices.map((index) => [points.x[index] ?? 0, points.y[index] ?? 0]),
    symbol: 'circle',
    symbolSize: size,
    silent: true,
    z: 5,
    itemStyle: { color: 'transparent', borderColor: palette.text, borderWidth: width },
  })
  return { series: [ring('picked', picked.length > LARGE_FROM ? [] : picked, 9, 1), ring('current', current === null ? [] : [current], 14, 2)] }
}

/** [x, y, x, y, …], as the library reads typed arrays. */
function coordinatesOf({ x, y }: LatentPoints, isWanted: (index: number) => boolean): Float32Array {
  const coordinates = new Float32Array(2 * x.length)
  let end = 0
  for (let index = 0; index < x.length; index++) {
    if (!isWanted(index)) continue
    coordinates[end++] = x[index] ?? 0
    coordinates[end++] = y[index] ?? 0
  }
  return coordinates.subarray(0, end)
}
