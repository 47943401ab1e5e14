import { describe, expect, it } from 'vitest'
import { weaveIdSchema } from '../../../shared/domain/identifiers.ts'
import type { StepOverview } from '../../../shared/domain/trace-columns.ts'
import { phaseAfter, walkRecord, type WalkOptions } from './walk-record.ts'

function step(index: number, changes: Partial<StepOverview> = {}): StepOverview {
  return {
    index, tokenId: index, text: 'a', logprob: -1, entropy: 1, candidate: false, pInvoke: null, decision: -100, decisionSource: null,
    augmentationCount: 0, weaveId: null, elapsedMs: { decide: 0, weave: 0, decode: 1 }, twin: null, ...changes,
  }
}

const weaveId = weaveIdSchema.parse('w')
/** Inserted at 0, asked at 3 and declined, a candidate over the limit at 5, inserted at 7. */
const steps = [
  step(0, { candidate: true, decision: 1, weaveId }), step(1), step(2), step(3, { candidate: true, decision: 0 }), step(4),
  step(5, { candidate: true }), step(6), step(7, { candidate: true, decision: 1, weaveId }), step(8),
]

function walk(from: number, options: Partial<WalkOptions>): ReturnType<typeof walkRecord> {
  return walkRecord(steps, from, { until: 'end', stopAfter: null, judge: null, signal: new AbortController().signal, ...options })
}

describe('walking over a record', () => {
  it('stops where a live run would', async () => {
    expect((await walk(-1, { until: 'step' })).cursor).toBe(0)
    expect((await walk(0, { until: 'decision' })).cursor).toBe(3)
    expect((await walk(3, { until: 'candidate' })).cursor).toBe(5)
    expect((await walk(3, { until: 'insertion' })).cursor).toBe(7)
  })

  it('says that the record ended where nothing stopped it', async () => {
    expect(await walk(3, {})).toEqual({ cursor: 8, isStopped: false, stoppedBy: null })
    expect(await walk(7, { until: 'insertion' })).toEqual({ cursor: 8, isStopped: false, stoppedBy: null })
  })

  it('stops after the step under the cursor', async () => {
    expect(await walk(0, { stopAfter: 6 })).toEqual({ cursor: 6, isStopped: true, stoppedBy: null })
  })

  it('honours breakpoints and names the one that stopped it', async () => {
    expect(await walk(-1, { judge: (index) => Promise.resolve(index === 2 ? 'b1' : null) })).toEqual({ cursor: 2, isStopped: true, stoppedBy: 'b1' })
  })

  it('ends where it is paused', async () => {
    const pausing = new AbortController()
    const ended = await walk(-1, { signal: pausing.signal, judge: async (index) => (index === 4 && pausing.abort(), null) })
    expect(ended).toEqual({ cursor: 4, isStopped: true, stoppedBy: null })
  })

  it('goes through the phases of a step, weaving only where it was inserted', () => {
    expect([phaseAfter(null, steps[0]!), phaseAfter('decided', steps[0]!), phaseAfter('woven', steps[0]!)]).toEqual(['decided', 'woven', 'whole'])
    expect([phaseAfter(null, steps[3]!), phaseAfter('decided', steps[3]!)]).toEqual(['decided', 'whole'])
  })
})
