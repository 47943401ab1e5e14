/** @file A chart's life in a component: made with its element, resized with it, thrown away with it. It does not know what is drawn. */
import { useElementSize, useThrottleFn } from '@vueuse/core'
import { onScopeDispose, shallowRef, watch, type Ref } from 'vue'
import type { ECharts } from 'echarts/core'
import type { ChartOption } from '../charts/chart-option.ts'
import { createChart } from '../charts/echarts.ts'

/** A redraw of a large canvas takes tens of milliseconds; more often would take them from the token stream. */
const REDRAW_INTERVAL_MS = 300
/** Lets the frame under way be painted first. */
const AFTER_FRAME_MS = 20

export interface Chart {
  instance: Readonly<Ref<ECharts | null>>
  widthPx: Readonly<Ref<number>>
  heightPx: Readonly<Ref<number>>
  /** Merged by id: at once after a quiet moment, else with the next redraw. Of several calls in between the last wins, per `part`. */
  setOption: (part: string, option: () => ChartOption) => void
  /** As `setOption`, but with the next frame: for what follows the user's hand. */
  setOptionNow: (part: string, option: () => ChartOption) => void
  /** Forgets what was drawn and draws this with the next frame: for other axes and series than before. */
  replaceOption: (option: () => ChartOption) => void
}

export function useChart(element: Readonly<Ref<HTMLElement | null>>): Chart {
  const instance = shallowRef<ECharts | null>(null)
  const { width, height } = useElementSize(element)
  const waiting = new Map<string, () => ChartOption>()
  let replacement: (() => ChartOption) | null = null
  let frame = 0

  watch([element, width, height], () => {
    if (element.value === null || width.value === 0 || height.value === 0) return
    if (instance.value === null) {
      instance.value = createChart(element.value, { width: width.value, height: height.value })
      redrawNextFrame()
    } else {
      instance.value.resize({ width: width.value, height: height.value })
      void redrawSoon()
    }
  }, { flush: 'post' })

  /** Drawn when it returns: left to the library, the drawing would fall into a later frame, which may have a token to show. */
  function redraw(): void {
    const chart = instance.value
    if (chart === null || chart.isDisposed()) return
    if (replacement !== null) chart.setOption(replacement(), { notMerge: true, lazyUpdate: waiting.size > 0 })
    const options = [...waiting.values()]
    options.forEach((option, index) => chart.setOption(option(), { lazyUpdate: index < options.length - 1 }))
    replacement = null
    waiting.clear()
  }

  /** Not in the frame that shows a new token: a chart takes longer than a frame has. */
  const redrawSoon = useThrottleFn(() => requestAnimationFrame(() => setTimeout(redraw, AFTER_FRAME_MS)), REDRAW_INTERVAL_MS, true, true)

  function redrawNextFrame(): void {
    if (frame !== 0) return
    frame = requestAnimationFrame(() => {
      frame = 0
      redraw()
    })
  }

  onScopeDispose(() => {
    cancelAnimationFrame(frame)
    instance.value?.dispose()
  })

  return {
    instance,
    widthPx: width,
    heightPx: height,
    setOption(part, option) {
      waiting.set(part, option)
      void redrawSoon()
    },
    setOptionNow(part, option) {
      waiting.set(part, option)
      redrawNextFrame()
    },
    replaceOption(option) {
      replacement = option
      waiting.clear()
      redrawNextFrame()
    },
  }
}
