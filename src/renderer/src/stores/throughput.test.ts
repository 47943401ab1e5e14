import { expect, it } from 'vitest'
import { tokensPerSecond } from './throughput.ts'

it('counts all the time of the latest steps', () => {
  const slow = { elapsedMs: { decide: 0, weave: 0, decode: 1000 } }
  const quick = { elapsedMs: { decide: 10, weave: 20, decode: 70 } }
  expect(tokensPerSecond([slow, ...Array.from({ length: 32 }, () => quick)])).toBeCloseTo(10)
  expect(tokensPerSecond([])).toBeNull()
})
