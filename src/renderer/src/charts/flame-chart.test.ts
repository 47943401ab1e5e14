import { expect, it } from 'vitest'
import type { ProfileFrame, ProfileFrameKind } from '../../../shared/domain/profile.ts'
import { palettes } from '../theme/palette.ts'
import { init } from 'echarts/core'
import type { ChartOption } from './chart-option.ts'
import { drawSvg, type ImageSize } from './echarts.ts'
import { flameHeightPx, flamePicture, ROW_HEIGHT_PX } from './flame-chart.ts'
import { layOutFlame, type FramePath } from './flame-layout.ts'
import { frameFacts, formatMs } from './flame-words.ts'

const frame = (name: string, kind: ProfileFrameKind, ms: number, children: ProfileFrame[] = []): ProfileFrame => ({ name, kind, ms, count: 4, children })
const root = frame('generation', 'generation', 100, [frame('decide', 'phase', 0.1), frame('weave', 'phase', 30, [frame('weaver', 'run', 30, [frame('MatMul', 'op', 20)])]), frame('decode', 'phase', 60)])
const svgOf = (zoom: FramePath): string => {
  const { option, size } = flamePicture(root, zoom, palettes.dark, 600)
  return drawSvg(option, size)
}

it('names what has room, with its time, in the colour of its phase', () => {
  const svg = svgOf([])
  expect(svg).toContain('decode  60.0 ms')
  expect(svg).not.toContain('decide')
  expect(svg).toContain(palettes.dark.accent)
  // The run and its operator, as their phase.
  expect(svg.split(palettes.dark.memory).length - 1).toBe(3)
})

it('draws of a zoomed frame what is above and below it alone', () => {
  const svg = svgOf([1])
  expect(svg).toContain('weaver')
  expect(svg).not.toContain('decode')
})

/** One chart that shows them one after the other. */
function drawInTurn(options: readonly ChartOption[], size: ImageSize): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, ...size })
  for (const option of options) chart.setOption(option, { notMerge: true })
  return chart.renderToSVGString()
}

it('takes the names of before away where there is no room any more', () => {
  const { option, size } = flamePicture(root, [], palettes.dark, 600)
  const narrow = flamePicture(root, [], palettes.dark, 30).option
  expect(drawInTurn([option, narrow], size)).not.toContain('decode')
})

it('is as high as the tree is deep', () => {
  expect(flameHeightPx(layOutFlame(root, []))).toBe(4 * ROW_HEIGHT_PX)
  expect(flameHeightPx(layOutFlame(root, [2]))).toBe(2 * ROW_HEIGHT_PX)
})

it('tells times with three digits in a unit that suits them, and shares of the whole', () => {
  expect([1840, 12.34, 0.0414, 0].map(formatMs)).toEqual(['1.84 s', '12.3 ms', '41.4 µs', '0 ms'])
  expect(frameFacts({ ms: 30, count: 4 }, 100)).toEqual({ ms: '30.0 ms', ofWhole: '30.0 %', count: '4×', mean: '7.50 ms' })
})
