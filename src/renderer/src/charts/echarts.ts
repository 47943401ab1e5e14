/** @file The parts of ECharts this app draws with; the only importer of the library's code. */
import { CustomChart, LineChart, ScatterChart } from 'echarts/charts'
import { AxisPointerComponent, DataZoomComponent, GridComponent, MarkAreaComponent, MarkLineComponent, TitleComponent } from 'echarts/components'
import { init, use, type ECharts } from 'echarts/core'
import { CanvasRenderer, SVGRenderer } from 'echarts/renderers'
import type { ChartOption } from './chart-option.ts'

use([CustomChart, LineChart, ScatterChart, AxisPointerComponent, DataZoomComponent, GridComponent, MarkAreaComponent, MarkLineComponent, TitleComponent, CanvasRenderer, SVGRenderer])

export interface ImageSize {
  width: number
  height: number
}

/** With the element's size, which the library would otherwise ask for: the browser would have to lay out the page at once. */
export function createChart(element: HTMLElement, size: ImageSize): ECharts {
  const chart = init(element, null, { renderer: 'canvas', ...size })
  // After each drawing the library asks for ten more frames, in case an animation follows: none does, and each is a frame that the page draws.
  chart.getZr().setSleepAfterStill(1)
  return chart
}

/** The chart as an SVG document; needs no page. */
export function drawSvg(option: ChartOption, size: ImageSize): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, ...size })
  chart.setOption(option)
  const svg = chart.renderToSVGString()
  chart.dispose()
  return svg
}

/** PNG bytes at twice the size, so that print stays sharp. */
export async function drawPng(option: ChartOption, size: ImageSize): Promise<Blob> {
  const canvas = document.createElement('canvas')
  const chart = init(canvas, null, { renderer: 'canvas', devicePixelRatio: 2, ...size })
  chart.setOption(option)
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'))
  chart.dispose()
  if (blob === null) throw new Error('The browser could not encode the image.')
  return blob
}
