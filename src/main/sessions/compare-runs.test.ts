/** @file What a re-run says about a record. */
import { expect, test } from 'vitest'
import type { Step } from '../../shared/domain/step.ts'
import type { Trace } from '../../shared/domain/trace.ts'
import type { Weave } from '../../shared/domain/weave.ts'
import type { RecordedStep } from '../log/index.ts'
import { compareRuns, type Rerun } from './compare-runs.ts'

function stepAt(index: number, changed: Partial<Step> = {}): Step {
  const topK = [
    { tokenId: index, text: 'a', logprob: -0.25 },
    { tokenId: index + 50, text: 'b', logprob: -1.75 },
  ]
  return { index, tokenId: index, logprob: -0.25, entropy: 1, topK, decision: index === 1 ? 1 : -100, triggerLogits: index === 1 ? [0.5, 2] : null, ...changed } as Step // nothing else is compared
}
const weaveOf = (...data: number[]): Weave => ({ stepIndex: 1, latents: { rows: 1, columns: data.length, data: Float32Array.from(data) } }) as Weave
const steps = [stepAt(0), stepAt(1), stepAt(2)]
const recorded = (finish: Trace['header']['finish'] = 'length'): Parameters<typeof compareRuns>[0] => ({ header: { finish }, steps, weaves: [weaveOf(1, 2)] })

/** A re-run that repeats the record but for `changed`. */
function rerun(changed: Record<number, Partial<Step>> = {}, { count = 3, finish = 'length', weave = weaveOf(1, 2) }: { count?: number; finish?: Rerun['finish']; weave?: Weave } = {}): Rerun {
  const records = steps.slice(0, count).map((step, index): RecordedStep => ({ step: { ...step, ...changed[index] }, weave: index === 1 ? weave : null }))
  return { records, finish }
}

test('a re-run with the same numbers throughout is exact', () => {
  expect(compareRuns(recorded(), rerun())).toEqual({
    verdict: 'exact',
    comparedSteps: 3,
    firstDifference: null,
    largestLogprobDifference: 0,
    largestTriggerLogitDifference: 0,
    largestLatentDifference: 0,
  })
})

test('rounding leaves the tokens the same and says how large it was', () => {
  const shifted = stepAt(2).topK.map((candidate) => ({ ...candidate, logprob: candidate.logprob + 0.125 }))
  const changed = rerun({ 1: { triggerLogits: [0.5, 2.25] }, 2: { topK: shifted } }, { weave: weaveOf(1, 2.5) })
  expect(compareRuns(recorded(), changed)).toMatchObject({ verdict: 'same-tokens', firstDifference: null, largestLogprobDifference: 0.125, largestTriggerLogitDifference: 0.25, largestLatentDifference: 0.5 })
})

test('another entropy or another member of the top k is not exact', () => {
  expect(compareRuns(recorded(), rerun({ 0: { entropy: 1.5 } })).verdict).toBe('same-tokens')
  expect(compareRuns(recorded(), rerun({ 0: { topK: stepAt(0).topK.map((candidate, rank) => ({ ...candidate, tokenId: candidate.tokenId + rank })) } })).verdict).toBe('same-tokens')
})

test('another token or decision is named with the gap between the likeliest two', () => {
  expect(compareRuns(recorded(), rerun({ 2: { tokenId: 52 } }))).toMatchObject({ verdict: 'differs', comparedSteps: 3, firstDifference: { stepIndex: 2, what: 'token', topGap: 1.5 } })
  const other = compareRuns(recorded(), rerun({ 1: { decision: 0, entropy: 9 } }, { count: 2, finish: null, weave: weaveOf(9, 9) }))
  expect(other).toMatchObject({ verdict: 'differs', comparedSteps: 2, firstDifference: { stepIndex: 1, what: 'decision', topGap: 1.5 }, largestLatentDifference: 0 })
})

test('an end that comes early, late or otherwise is another length; an unfinished record has none', () => {
  expect(compareRuns(recorded(), rerun({}, { count: 2, finish: 'eos' })).firstDifference).toEqual({ stepIndex: 2, what: 'length', topGap: null })
  expect(compareRuns(recorded('eos'), rerun({}, { finish: null })).firstDifference).toEqual({ stepIndex: 3, what: 'length', topGap: null })
  expect(compareRuns(recorded(null), rerun({}, { finish: null })).verdict).toBe('exact')
  expect(compareRuns(recorded('stopped'), rerun({}, { finish: null })).verdict).toBe('exact')
})

test('a block of another size differs by what nothing stands against', () => {
  expect(compareRuns(recorded(), rerun({}, { weave: weaveOf(1) })).largestLatentDifference).toBe(2)
})
