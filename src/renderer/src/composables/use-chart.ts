/** @file A chart's life in a component: made with its element, resized with it, thrown away with it; options at most once a frame. */
import { useElementSize } from '@vueuse/core'
import { onScopeDispose, shallowRef, watch, type Ref } from 'vue'
import type { ECharts } from 'echarts/core'
import type { ChartOption } from '../charts/chart-option.ts'
import { createChart } from '../charts/echarts.ts'

export interface Chart {
  instance: Readonly<Ref<ECharts | null>>
  heightPx: Readonly<Ref<number>>
  /** Merged by id in the next frame; of several calls in one frame the last wins, per `part`. */
  setOption: (part: string, option: () => ChartOption) => void
}

export function useChart(element: Readonly<Ref<HTMLElement | null>>): Chart {
  const instance = shallowRef<ECharts | null>(null)
  const { width, height } = useElementSize(element)
  const waiting = new Map<string, () => ChartOption>()
  let frame = 0

  watch([element, width, height], () => {
    if (element.value === null || width.value === 0 || height.value === 0) return
    if (instance.value === null) instance.value = createChart(element.value)
    else instance.value.resize({ width: width.value, height: height.value })
    if (waiting.size > 0) schedule()
  }, { flush: 'post' })

  function schedule(): void {
    if (frame === 0) frame = requestAnimationFrame(apply)
  }

  function apply(): void {
    frame = 0
    if (instance.value === null) return
    for (const option of waiting.values()) instance.value.setOption(option(), { lazyUpdate: true })
    waiting.clear()
  }

  onScopeDispose(() => {
    cancelAnimationFrame(frame)
    instance.value?.dispose()
  })

  return {
    instance,
    heightPx: height,
    setOption(part, option) {
      waiting.set(part, option)
      schedule()
    },
  }
}
