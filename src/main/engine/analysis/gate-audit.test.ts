/** @file What the two gates say of texts that trip them. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { goldenLocation, loadModel } from '../../../../test/support/golden-model.ts'
import type { GateFinding } from '../../../shared/domain/analysis.ts'
import type { MemGenModel } from '../memgen/memgen-model.ts'
import { auditGates } from './gate-audit.ts'

let model: MemGenModel
beforeAll(async () => {
  model = await loadModel(goldenLocation('qwen2'))
})
afterAll(async () => {
  await model.release()
})

function audit(prompt: string, text: string): GateFinding[] {
  const { tokenizer } = model
  return auditGates(model, { promptIds: tokenizer.encode(prompt), tokenIds: tokenizer.encode(text) })
}

/** The token that a finding stands behind, and why it is a trap. */
function traps(findings: readonly GateFinding[]): unknown[] {
  return findings.map(({ tokenText, trap }) => [tokenText, trap])
}

test('a dot between digits is a decimal, one before a space is not', () => {
  const findings = audit('x', '3.5 and 4. 5')
  expect(findings.filter(({ trap }) => trap === 'decimal').map(({ context, following }) => [context.slice(-2), following])).toEqual([['3.', '5']])
  expect(findings.filter(({ context }) => context.endsWith('4.')).map(({ trap }) => trap)).toEqual([null])
})

test('a delimiter that is the last token of the text has no position after it', () => {
  expect(audit('x', 'a,')).toEqual([])
})

test('a position is counted by the token that follows it; the end of the prompt is step 0', () => {
  const [first] = audit('What is 7, plus 5.', ' Twelve')
  expect(first).toMatchObject({ stepIndex: 0, tokenText: '.', textGate: true, tokenIdGate: true, trap: null })
  expect(audit('What is it', ' a').map(({ stepIndex }) => stepIndex)).toEqual([])
})

test('a token that holds more than the delimiter is merged', () => {
  const merged = model.tokenizer.tokenIds().find((id) => /^[^\d\ufffd]+[.,\n]$/.test(model.tokenizer.tokenText(id)))
  if (merged === undefined) throw new Error('the golden tokenizer has no merged delimiter')
  const [finding] = auditGates(model, { promptIds: model.tokenizer.encode('x'), tokenIds: [merged, ...model.tokenizer.encode('y')] })
  expect(traps(finding === undefined ? [] : [finding])).toEqual([[model.tokenizer.tokenText(merged), 'merged']])
})

test('a delimiter spelled by several tokens is seen in the text alone, and its last token is no whole character', () => {
  const { tokenizer } = model
  const ids = tokenizer.encode('好')
  expect(ids.length).toBeGreaterThan(1)
  const wide = { tokenizer, delimiters: ['好'], gate: (kind: 'text' | 'token-id') => () => ({ candidate: kind === 'text', reason: null, delimiter: null }) }
  const findings = auditGates(wide, { promptIds: ids, tokenIds: tokenizer.encode('x') })
  expect(findings).toMatchObject([{ stepIndex: 0, textGate: true, tokenIdGate: false, trap: 'incomplete-character' }])
  expect(findings[0]?.context).toBe('好')
})
