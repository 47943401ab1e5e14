/** @file The parts of ECharts this app draws with; the only importer of the library's code. */
import { LineChart, ScatterChart } from 'echarts/charts'
import { AxisPointerComponent, DataZoomComponent, GridComponent, MarkAreaComponent, MarkLineComponent, TitleComponent } from 'echarts/components'
import { init, use, type ECharts } from 'echarts/core'
import { CanvasRenderer } from 'echarts/renderers'

use([LineChart, ScatterChart, AxisPointerComponent, DataZoomComponent, GridComponent, MarkAreaComponent, MarkLineComponent, TitleComponent, CanvasRenderer])

export function createChart(element: HTMLElement): ECharts {
  return init(element, null, { renderer: 'canvas' })
}
