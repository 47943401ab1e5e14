/** @file The lanes' commands over the stores: zoom, show and hide, export. It does not know buttons or keys beyond their names. */
import { drawPng, drawSvg } from '../charts/echarts.ts'
import { exportFileName, exportFormats, laneCsv, lanePicture, type ExportFormat } from '../charts/lane-export.ts'
import { laneIds, type Lane, type LaneId } from '../charts/lane.ts'
import { lanes as allLanes } from '../charts/lanes.ts'
import type { Palette } from '../theme/palette.ts'
import type { useLaneTraceStore } from '../stores/lane-trace.ts'
import type { useLanesStore } from '../stores/lanes.ts'
import type { useSessionStore } from '../stores/session.ts'
import type { Command } from './command.ts'
import { saveFile } from './save-file.ts'

export interface LaneStores {
  lanes: ReturnType<typeof useLanesStore>
  laneTrace: ReturnType<typeof useLaneTraceStore>
  session: ReturnType<typeof useSessionStore>
}

export const laneCommandIds = {
  zoomIn: 'lanes.zoomIn',
  zoomOut: 'lanes.zoomOut',
  showAll: 'lanes.showAll',
  toggle: (id: LaneId) => `lanes.toggle.${id}`,
  export: (id: LaneId, format: ExportFormat) => `lanes.export.${id}.${format}`,
} as const

/** Wide enough for a figure over a page. */
const PICTURE_WIDTH_PX = 1200

/** @param palette the theme's colours at the moment */
export function createLaneCommands({ lanes, laneTrace, session }: LaneStores, palette: () => Palette): Command[] {
  const hasSteps = (): boolean => session.steps.length > 0

  async function exportLane(lane: Lane, format: ExportFormat): Promise<void> {
    if (session.header === null) return
    saveFile(await fileOf(lane, format), exportFileName(session.header.id, lane.id, format))
  }

  async function fileOf(lane: Lane, format: ExportFormat): Promise<Blob> {
    if (format === 'csv') return new Blob([laneCsv(lane, laneTrace.trace)], { type: 'text/csv' })
    const { option, size } = lanePicture(lane, laneTrace.trace, { window: lanes.window, palette: palette() }, PICTURE_WIDTH_PX)
    return format === 'png' ? drawPng(option, size) : new Blob([drawSvg(option, size)], { type: 'image/svg+xml' })
  }

  return [
    { id: laneCommandIds.zoomIn, title: 'Zoom the lanes in', shortcut: '=', isEnabled: hasSteps, run: lanes.zoomIn },
    { id: laneCommandIds.zoomOut, title: 'Zoom the lanes out', shortcut: '-', isEnabled: () => !lanes.isWhole, run: lanes.zoomOut },
    { id: laneCommandIds.showAll, title: 'Show the whole trace in the lanes', shortcut: '0', isEnabled: () => !lanes.isWhole, run: lanes.showAll },
    ...laneIds.map((id): Command => ({ id: laneCommandIds.toggle(id), title: `Show or hide the lane “${allLanes[id].title}”`, shortcut: null, isEnabled: () => true, run: () => lanes.toggle(id) })),
    ...laneIds.flatMap((id) =>
      exportFormats.map((format): Command => ({
        id: laneCommandIds.export(id, format),
        title: `Export the lane “${allLanes[id].title}” as ${format.toUpperCase()}`,
        shortcut: null,
        isEnabled: hasSteps,
        run: () => exportLane(allLanes[id], format),
      })),
    ),
  ]
}
