import { expect, it } from 'vitest'
import { weaveIdSchema } from '../../../../shared/domain/identifiers.ts'
import type { StepOverview, WeaveOverview } from '../../../../shared/domain/trace-columns.ts'
import { rowItems, type StreamItem, type StreamSource } from './stream-items.ts'
import { forcedTokenSteps } from './use-step-marks.ts'

const weaveId = weaveIdSchema.parse('w1')
const weave: WeaveOverview = { id: weaveId, stepIndex: 1, kind: 'inference', contextLength: 3, norms: [1, 2], intervention: { kind: 'zero' } }

function step(index: number, extra: Partial<StepOverview> = {}): StepOverview {
  return { index, tokenId: index, text: `t${index}`, logprob: -1, entropy: 1, candidate: false, pInvoke: null, decision: -100, decisionSource: null, augmentationCount: 0, weaveId: null, elapsedMs: { decide: 0, weave: 0, decode: 1 }, twin: null, ...extra }
}

function itemsOf(steps: readonly StepOverview[], marks: Partial<StreamSource['marks']> = {}): StreamItem[] {
  const source: StreamSource = { promptTokens: [], steps, weaveById: new Map([[weaveId, weave]]), twin: null, marks: { breakpoints: new Map(), forcedTokens: new Set(), fork: null, ...marks } }
  return rowItems({ key: '', kind: 'steps', from: 0, to: steps.length, columns: 0 }, source)
}

it('puts a fork’s sign and a changed block before their token', () => {
  const items = itemsOf([step(0), step(1, { weaveId, decision: 1, decisionSource: 'model', pInvoke: 0.9 })], { fork: 1 })
  expect(items.map(({ kind }) => kind)).toEqual(['token', 'fork', 'weave', 'token'])
  expect(items[2]).toMatchObject({ isEdited: true, label: '✎ zeroed: 2 latents ‖1.50‖' })
})

it('says in words everything that marks a token', () => {
  const twin = { tokenId: 9, text: '<i>\u202e', logprob: -3, kl: 0.4 }
  const [item] = itemsOf([step(0, { candidate: true, decision: 0, decisionSource: 'model', pInvoke: 0.2, twin })], { breakpoints: new Map([[0, false]]), forcedTokens: new Set([0]) })
  expect(item).toMatchObject({ isForced: true, isDifferent: true, breakpoint: 'disabled' })
  expect(item?.kind === 'token' ? item.description : '').toBe('Trigger declined, p 0.20 · Token chosen by you · Without memory: “<i>⟨U+202E⟩” · Breakpoint, disabled')
})

it('does not mark a token that the twin agrees on', () => {
  const [item] = itemsOf([step(0, { twin: { tokenId: 0, text: 't0', logprob: -1, kl: 0.1 } })])
  expect(item).toMatchObject({ isDifferent: false, description: '' })
})

it('knows every token of a change that forced several', () => {
  expect([...forcedTokenSteps([{ stepIndex: 4, change: { kind: 'tokens', tokenIds: [1, 2], text: 'ab' } }, { stepIndex: 9, change: { kind: 'none' } }])]).toEqual([4, 5])
})
