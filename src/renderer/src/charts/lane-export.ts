/** @file A lane as a file: CSV of every step, and the picture of the window on screen. It does not know how files are saved. */
import type { ChartOption } from './chart-option.ts'
import type { ImageSize } from './echarts.ts'
import { drawnWidth, layOutLanes } from './lane-layout.ts'
import { lanesData, lanesFrame, mergedById } from './lane-chart.ts'
import type { Lane, LaneTrace, LaneView } from './lane.ts'

export const exportFormats = ['png', 'svg', 'csv'] as const
export type ExportFormat = (typeof exportFormats)[number]

const PICTURE_HEIGHT_PX = 240
/** Above the title. */
const MARGIN_PX = 8

/** RFC 4180 with a header line; a row for every step of the trace, whatever the window shows. */
export function laneCsv({ csvColumns }: Lane, trace: LaneTrace): string {
  const lines = [['step', 'token_id', 'token', ...csvColumns.map(({ name }) => name)].join(',')]
  for (const step of trace.steps) {
    lines.push([step.index, step.tokenId, cell(step.text), ...csvColumns.map(({ value }) => cell(value(trace, step)))].join(','))
  }
  return `${lines.join('\r\n')}\r\n`
}

/** The lane alone, over a window, on the panel's background. */
export function lanePicture(lane: Lane, trace: LaneTrace, { window, palette }: Pick<LaneView, 'window' | 'palette'>, widthPx: number): { option: ChartOption; size: ImageSize } {
  const { places, heightPx } = layOutLanes([lane], PICTURE_HEIGHT_PX - MARGIN_PX)
  const layout = { heightPx: heightPx + MARGIN_PX, places: places.map(({ titleTop, top, height }) => ({ titleTop: titleTop + MARGIN_PX, top: top + MARGIN_PX, height })) }
  const option = mergedById(lanesFrame([lane], layout, palette), lanesData([lane], trace, { window, widthPx: drawnWidth(widthPx), palette }))
  return { option: { ...option, backgroundColor: palette.surface }, size: { width: widthPx, height: layout.heightPx } }
}

/** "trace-<id>-entropy.csv", with nothing in it that a file system refuses. */
export function exportFileName(traceId: string, laneId: string, format: ExportFormat): string {
  return `trace-${traceId.replaceAll(/[^\w-]+/g, '_')}-${laneId}.${format}`
}

function cell(value: number | string | null): string {
  if (value === null || (typeof value === 'number' && Number.isNaN(value))) return ''
  const text = String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
