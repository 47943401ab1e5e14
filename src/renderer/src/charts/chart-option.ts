/** @file The option types of the registered chart parts; types only. */
import type { CustomSeriesOption, LineSeriesOption, ScatterSeriesOption } from 'echarts/charts'
import type { DataZoomComponentOption, GridComponentOption, TitleComponentOption } from 'echarts/components'
import type { ComposeOption } from 'echarts/core'

export type SeriesOption = LineSeriesOption | ScatterSeriesOption
export type ChartOption = ComposeOption<SeriesOption | CustomSeriesOption | DataZoomComponentOption | GridComponentOption | TitleComponentOption>
export type Point = [x: number, y: number]
