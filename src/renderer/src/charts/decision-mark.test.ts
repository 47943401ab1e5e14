import { expect, it } from 'vitest'
import { weaveIdSchema } from '../../../shared/domain/identifiers.ts'
import { decisionMark, markGlyph, markKinds, markLegend } from './decision-mark.ts'

const quiet = { candidate: false, decision: -100, decisionSource: null, pInvoke: null, weaveId: null } as const
const weaveId = weaveIdSchema.parse('w')

it('marks nothing where nothing could be asked, and a candidate that was not asked with a tick', () => {
  expect(decisionMark(quiet)).toBeNull()
  expect(decisionMark({ ...quiet, candidate: true })).toMatchObject({ shape: 'tick' })
})

it('tells sources by shape and insertions by filling', () => {
  const glyph = (source: 'model' | 'constant' | 'policy' | 'forced', decision: 0 | 1): string => {
    const mark = decisionMark({ candidate: true, decision, decisionSource: source, pInvoke: null, weaveId: decision === 1 ? weaveId : null })
    return mark === null ? '' : markGlyph(mark)
  }
  expect((['model', 'constant', 'policy', 'forced'] as const).map((source) => glyph(source, 0) + glyph(source, 1))).toEqual(['○●', '◇◆', '□■', '△▲'])
})

it('speaks of a probability only where a trained trigger was asked', () => {
  expect(decisionMark({ candidate: true, decision: 1, decisionSource: 'model', pInvoke: 0.8, weaveId })?.sentence).toBe('Trigger inserted, p 0.80')
  expect(decisionMark({ candidate: true, decision: 1, decisionSource: 'constant', pInvoke: null, weaveId })?.sentence).toBe('Constant trigger inserted')
})

it('tells what the trigger said of a decision that was forced against it', () => {
  expect(decisionMark({ candidate: true, decision: 0, decisionSource: 'forced', pInvoke: 0.8, weaveId: null })?.sentence).toBe('Forced by you: declined; the trigger said p 0.80')
})

it('shows an insertion that was not asked for by the gate as the policy’s', () => {
  expect(decisionMark({ ...quiet, weaveId })).toMatchObject({ shape: 'square', isFilled: true })
})

it('explains the shapes that occur, and filling always', () => {
  const counts = markKinds.map(({ shape, isFilled }) => (shape === 'square' && isFilled ? 3 : 0))
  expect(markLegend(counts).map(({ glyph, meaning }) => `${glyph} ${meaning}`)).toEqual(['● inserted', '○ declined', '□ policy'])
})
