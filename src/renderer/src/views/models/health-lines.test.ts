import { expect, it } from 'vitest'
import { memoryLines, sortedChecks } from './health-lines.ts'

it('puts the worst checks first and keeps the order of equals', () => {
  const checks = (['ok', 'warning', 'ok', 'error'] as const).map((verdict, index) => ({ id: String(index), title: '', verdict, detail: '' }))
  expect(sortedChecks(checks).map((check) => check.id)).toEqual(['3', '1', '0', '2'])
})

it('says how many copies of the base weights are held', () => {
  const lines = memoryLines({ baseCopies: 1, weightsBytes: 2 ** 31, memoryPartsBytes: 2 ** 20, cacheBytesPerToken: 2048, peakBytes: 2 ** 32, reason: '' })
  expect(lines.map((line) => line.value)).toEqual(['2.00 GiB in 1 copy', '1.00 MiB', '2.00 MiB', '4.00 GiB'])
})
