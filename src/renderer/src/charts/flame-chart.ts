/** @file Rectangles of a flame chart as an ECharts option: coloured by phase, named where there is room. It does not know the chart instance. */
import type { CustomSeriesOption } from 'echarts/charts'
import type { ProfileFrame } from '../../../shared/domain/profile.ts'
import { systemFont } from '../theme/fonts.ts'
import type { Palette } from '../theme/palette.ts'
import type { ChartOption } from './chart-option.ts'
import type { ImageSize } from './echarts.ts'
import { frameAt, framesAlong, isSamePath, layOutFlame, type FlameRect, type FramePath } from './flame-layout.ts'
import { formatMs } from './flame-words.ts'

export const ROW_HEIGHT_PX = 24
/** Between neighbours, so that equal colours stay apart. */
const GAP_PX = 1
/** Narrower ones would be lines without a colour. */
const LEAST_WIDTH_PX = 0.4
/** Room for two letters. */
const LEAST_NAMED_PX = 24
const FONT_SIZE_PX = 11

export interface FlameView {
  readonly rects: readonly FlameRect[]
  /** Outlined; null where none is. */
  readonly selected: FramePath | null
  readonly widthPx: number
  readonly palette: Palette
}

export function flameChart(root: ProfileFrame, { rects, selected, widthPx, palette }: FlameView): ChartOption {
  const drawn = rects.filter(({ start, end }) => (end - start) * widthPx >= LEAST_WIDTH_PX)
  return { animation: false, series: [{ id: 'frames', type: 'custom', coordinateSystem: 'none', silent: true, data: drawn.map((_, index) => index), renderItem: (_, { value }) => drawRect(drawn[Number(value(0))]) }] }

  function drawRect(rect: FlameRect | undefined): ReturnType<NonNullable<CustomSeriesOption['renderItem']>> {
    if (rect === undefined) return null
    const { frame, path, depth, start, end } = rect
    const isSelected = selected !== null && isSamePath(path, selected)
    const width = Math.max(1, (end - start) * widthPx - GAP_PX)
    return {
      type: 'rect',
      shape: { x: start * widthPx, y: depth * ROW_HEIGHT_PX, width, height: ROW_HEIGHT_PX - GAP_PX },
      style: { fill: toneOf(root, path, palette), fillOpacity: frame.kind === 'outside' ? 0.12 : 0.34 - 0.02 * Math.min(depth, 6), stroke: isSelected ? palette.text : 'none', lineWidth: isSelected ? 2 : 0 },
      z2: isSelected ? 1 : 0,
      // The library draws into the shapes of before: a name that is left out, not emptied, would stay.
      textContent: { type: 'text', style: { text: width < LEAST_NAMED_PX ? '' : `${frame.name}  ${formatMs(frame.ms)}`, fill: palette.text, font: `${FONT_SIZE_PX}px ${systemFont}`, width: Math.max(0, width - 8), overflow: 'truncate', ellipsis: '…' } },
      textConfig: { position: 'insideLeft', distance: 4 },
    }
  }
}

/** Frames of a phase and all below it share its colour: decisions as triggers, weaves as memory. */
function toneOf(root: ProfileFrame, path: FramePath, palette: Palette): string {
  const phase = framesAlong(root, path).find(({ kind, name }) => kind === 'phase' && toneKeys.some(([word]) => name.startsWith(word)))
  const key = toneKeys.find(([word]) => phase?.name.startsWith(word))?.[1]
  return key === undefined ? palette.textMuted : palette[key]
}

const toneKeys: readonly (readonly [string, keyof Palette])[] = [['decide', 'trigger'], ['weave', 'memory'], ['decode', 'accent']]

/** The chart alone on the panel's background, as far as it is zoomed. */
export function flamePicture(root: ProfileFrame, zoom: FramePath, palette: Palette, widthPx: number): { option: ChartOption; size: ImageSize } {
  const rects = layOutFlame(root, frameAt(root, zoom) === null ? [] : zoom)
  return { option: { ...flameChart(root, { rects, selected: null, widthPx, palette }), backgroundColor: palette.surface }, size: { width: widthPx, height: flameHeightPx(rects) } }
}

export function flameHeightPx(rects: readonly FlameRect[]): number {
  return ROW_HEIGHT_PX * (1 + rects.reduce((deepest, { depth }) => Math.max(deepest, depth), 0))
}
