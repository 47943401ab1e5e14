import { expect, it } from 'vitest'
import type { MemoryEstimate } from '../../../../shared/domain/health.ts'
import { measuredLine, memoryLines, placementRows } from './placement-rows.ts'

const GIB = 2 ** 30
const estimate: MemoryEstimate = { device: 'cpu', precision: 'f32', baseCopies: 1, weightsBytes: 2 * GIB, memoryPartsBytes: 2 ** 20, cacheBytesPerToken: 2048, peakBytes: 2.5 * GIB, residentBytes: 2.25 * GIB, deviceBytes: 0, sideFileBytes: 0, reason: '' }
const small: MemoryEstimate = { ...estimate, precision: 'q8', peakBytes: GIB, sideFileBytes: GIB / 2 }

it('marks the chosen placement, and one that does not fit with both numbers', () => {
  const rows = placementRows({ estimates: [estimate, small], availableBytes: 2 * GIB }, { device: 'cpu', precision: 'q8' })
  expect(rows.map(({ isChosen }) => isChosen)).toEqual([false, true])
  expect(rows.map(({ shortage }) => shortage)).toEqual(['does not fit: needs 2.50 GiB, 2.00 GiB are available', null])
  expect(rows.map(({ sideFile }) => sideFile)).toEqual(['none', '512.0 MiB'])
})

it('has graphics memory only where some placement takes it', () => {
  const graphics = (estimates: MemoryEstimate[]): (string | null)[] => placementRows({ estimates, availableBytes: GIB }, estimate).map((row) => row.graphics)
  expect(graphics([estimate])).toEqual([null])
  expect(graphics([estimate, { ...estimate, device: 'webgpu', deviceBytes: GIB }])).toEqual(['none', '1.00 GiB'])
})

it('says how many copies of the base weights are held', () => {
  expect(memoryLines(estimate).map((line) => line.value)).toEqual(['2.00 GiB in 1 copy', '1.00 MiB', '2.00 MiB'])
})

it('holds the estimate against what was measured', () => {
  expect(measuredLine({ estimatedBytes: 1.1 * GIB, measuredBytes: GIB })).toContain('10.0 % more')
  expect(measuredLine({ estimatedBytes: 0.95 * GIB, measuredBytes: GIB })).toContain('5.0 % less')
  expect(measuredLine({ estimatedBytes: GIB, measuredBytes: null })).toContain('does not tell')
})
