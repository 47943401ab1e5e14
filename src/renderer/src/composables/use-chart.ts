/** @file A chart's life in a component: made with its element, resized with it, thrown away with it; options at most ten times a second. */
import { useElementSize, useThrottleFn } from '@vueuse/core'
import { onScopeDispose, shallowRef, watch, type Ref } from 'vue'
import type { ECharts } from 'echarts/core'
import type { ChartOption } from '../charts/chart-option.ts'
import { createChart } from '../charts/echarts.ts'

/** A redraw of a large canvas takes tens of milliseconds; more often would take them from the token stream. */
const REDRAW_INTERVAL_MS = 100

export interface Chart {
  instance: Readonly<Ref<ECharts | null>>
  heightPx: Readonly<Ref<number>>
  /** Merged by id: at once after a quiet moment, else with the next redraw. Of several calls in between the last wins, per `part`. */
  setOption: (part: string, option: () => ChartOption) => void
}

export function useChart(element: Readonly<Ref<HTMLElement | null>>): Chart {
  const instance = shallowRef<ECharts | null>(null)
  const { width, height } = useElementSize(element)
  const waiting = new Map<string, () => ChartOption>()

  watch([element, width, height], () => {
    if (element.value === null || width.value === 0 || height.value === 0) return
    if (instance.value === null) instance.value = createChart(element.value)
    else instance.value.resize({ width: width.value, height: height.value })
    void redraw()
  }, { flush: 'post' })

  const redraw = useThrottleFn(() => {
    if (instance.value === null || instance.value.isDisposed()) return
    for (const option of waiting.values()) instance.value.setOption(option(), { lazyUpdate: true })
    waiting.clear()
  }, REDRAW_INTERVAL_MS, true, true)

  onScopeDispose(() => instance.value?.dispose())

  return {
    instance,
    heightPx: height,
    setOption(part, option) {
      waiting.set(part, option)
      void redraw()
    },
  }
}
