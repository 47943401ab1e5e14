/** @file Progress as a line that is rewritten. */
import { expect, test } from 'vitest'
import { createProgressLine } from './progress-line.ts'

function setUp(isTTY: boolean): { written: string[]; clock: { ms: number }; line: ReturnType<typeof createProgressLine> } {
  const written: string[] = []
  const clock = { ms: 1_000 }
  const line = createProgressLine({ write: (text) => written.push(text), isTTY }, { now: () => clock.ms })
  return { written, clock, line }
}

test('the time left follows from the share that is done, once enough has passed to tell', () => {
  const { written, clock, line } = setUp(true)
  line.show('reading tensors', 0.1)
  clock.ms += 4_000
  line.show('reading tensors', 0.25)
  clock.ms += 100_000
  line.show('reading tensors', 0.5)
  line.clear()
  expect(written).toEqual(['\r\u001B[Kreading tensors 10 %', '\r\u001B[Kreading tensors 25 % · 12 s left', '\r\u001B[Kreading tensors 50 % · 2 min left', '\r\u001B[K'])
})

test('it is rewritten where it reads differently, and not at all off a terminal', () => {
  const { written, line } = setUp(true)
  line.show('reading tensors', 0.101)
  line.show('reading tensors', 0.102)
  expect(written).toHaveLength(1)
  const piped = setUp(false)
  piped.line.show('reading tensors', 0.5)
  piped.line.clear()
  expect(piped.written).toEqual([])
})
