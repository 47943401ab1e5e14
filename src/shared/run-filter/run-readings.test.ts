import { expect, it } from 'vitest'
import { sampleRun } from '../../../test/support/sample-run.ts'
import { timeLeftMs } from './run-readings.ts'

it('the time that is left follows from the pace so far, and nothing tells it while no time is counted', () => {
  const leftOf = (elapsedMs: number): number | null => timeLeftMs(sampleRun({ status: 'running', total: 40, totals: { done: 10, elapsedMs } }))
  expect([leftOf(5_000), leftOf(0)]).toEqual([15_000, null])
})
