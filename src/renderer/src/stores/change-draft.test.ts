import { describe, expect, it } from 'vitest'
import { weaveIdSchema } from '../../../shared/domain/identifiers.ts'
import { runConfigSchema } from '../../../shared/domain/run-config.ts'
import { changeOf, changeProblem, configDifferences, emptyChangeDraft, type ChangeDraft, type ChangePlace } from './change-draft.ts'

const config = runConfigSchema.parse({})
const weave = { id: weaveIdSchema.parse('w'), stepIndex: 3, kind: 'inference', contextLength: 9, norms: [1, 2] } as const
const step = {
  index: 3, tokenId: 5, text: 'a', logprob: -1, entropy: 1, candidate: true, pInvoke: null, decision: 1, decisionSource: null, augmentationCount: 1, weaveId: weave.id,
  elapsedMs: { decide: 0, weave: 0, decode: 1 }, twin: null,
} as const
const inserted: ChangePlace = { stepIndex: 3, step, weave: { ...weave, norms: [1, 2] }, config }
const ahead: ChangePlace = { stepIndex: 4, step: null, weave: null, config }

function draft(changes: Partial<ChangeDraft>): ChangeDraft {
  return { ...emptyChangeDraft(), ...changes }
}

describe('a change being put together', () => {
  it('flips what was decided unless told otherwise', () => {
    expect(changeOf(draft({}), inserted)).toEqual({ kind: 'decision', decision: 0 })
    expect(changeOf(draft({}), ahead)).toEqual({ kind: 'decision', decision: 1 })
    expect(changeOf(draft({ decision: 1 }), inserted)).toEqual({ kind: 'decision', decision: 1 })
  })

  it('puts in every token of a text', () => {
    expect(changeProblem(draft({ kind: 'tokens' }), ahead)).toContain('Choose a token')
    expect(changeOf(draft({ kind: 'tokens', tokens: [{ tokenId: 1, text: ' a' }, { tokenId: 2, text: 'b' }] }), ahead)).toEqual({ kind: 'tokens', tokenIds: [1, 2], text: ' ab' })
  })

  it('leaves at least one latent of a block', () => {
    expect(changeOf(draft({ kind: 'latents', editKind: 'drop', droppedLatents: [1] }), inserted)).toEqual({ kind: 'latents', edit: { kind: 'drop', latents: [1] } })
    expect(changeProblem(draft({ kind: 'latents', editKind: 'drop', droppedLatents: [1, 0] }), inserted)).toContain('At least one latent must stay')
  })

  it('asks for a setting that really differs, and names each', () => {
    expect(changeOf(draft({ kind: 'config', config }), inserted)).toBeNull()
    const other = { ...config, policy: { kind: 'random' as const, probability: 0.5 }, sampling: { ...config.sampling, temperature: 0.7 } }
    expect(changeOf(draft({ kind: 'config', config: other }), inserted)).toEqual({ kind: 'config', config: other })
    expect(configDifferences(config, other)).toEqual(['policy trigger → random 0.5', 'temperature 1 → 0.7'])
  })
})
