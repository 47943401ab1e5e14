/** @file Rows and files of a gate audit. */
import { expect, test } from 'vitest'
import type { GateAudit, GateFinding } from '../../../shared/domain/analysis.ts'
import { gateCsv, gateRows } from './gate-rows.ts'

function finding(stepIndex: number, changes: Partial<GateFinding> = {}): GateFinding {
  return { stepIndex, tokenId: 7, tokenText: '.', context: 'is 3.', following: '5', textGate: true, tokenIdGate: true, trap: null, ...changes }
}

const merged = finding(4, { tokenText: '.\n', textGate: true, tokenIdGate: false, trap: 'merged' })
const decimal = finding(2, { trap: 'decimal' })
const audit: GateAudit = {
  positions: 20,
  both: 2,
  onlyText: 1,
  onlyTokenId: 0,
  traps: { merged: 1, decimal: 1, incompleteCharacter: 0 },
  findings: [
    { traceId: 'a', findings: [finding(1), decimal] },
    { traceId: 'b', findings: [merged] },
  ],
}

test('disagreements, traps and all findings carry their trace', () => {
  expect(gateRows(audit, 'disagreements')).toEqual([{ traceId: 'b', ...merged }])
  expect(gateRows(audit, 'traps').map(({ traceId, stepIndex }) => `${traceId} ${stepIndex}`)).toEqual(['a 2', 'b 4'])
  expect(gateRows(audit, 'all')).toHaveLength(3)
})

test('a file keeps line breaks, commas and quotes inside their fields', () => {
  const [row] = gateRows(audit, 'disagreements')
  const csv = gateCsv(row === undefined ? [] : [{ ...row, context: 'say "a", b' }])
  expect(csv).toBe('trace_id,step_index,token_id,token_text,text_gate,token_id_gate,trap,context,following\r\nb,4,7,".\n",true,false,merged,"say ""a"", b",5\r\n')
})
