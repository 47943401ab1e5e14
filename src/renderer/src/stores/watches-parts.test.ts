import { describe, expect, it } from 'vitest'
import { judgedStep, judgedSteps } from '../../../../test/support/judged-step.ts'
import { compileExpression, type EvaluatedStep } from '../../../shared/debugging/index.ts'
import { breakpointSchema } from '../../../shared/domain/breakpoint.ts'
import { createBreakpointRecord } from './breakpoint-record.ts'
import { logTable, logTableCsv } from './log-table.ts'
import { watchListSerializer } from './watch-list.ts'
import { readWatch, watchPoints, watchValue } from './watch-reading.ts'

const topK = [{ tokenId: 3, text: ' yes', logprob: -0.1 }]
const scope = (step: EvaluatedStep) => ({ step, weave: null, generatedText: '' })
const { topK: _topK, triggerLogits: _triggerLogits, gateReason: _gateReason, ...columns } = judgedStep()

describe('a watch', () => {
  it('has its value at a step', () => {
    expect(watchValue(compileExpression('rank(" yes")'), scope(judgedStep({ topK })))).toEqual({ kind: 'value', value: 1 })
    expect(watchValue(compileExpression('token'), scope(judgedStep()))).toEqual({ kind: 'value', value: 'a' })
  })

  it('says why it has none, and is never 0 for that', () => {
    const reasonOf = (source: string, step: EvaluatedStep) => watchValue(compileExpression(source), scope(step))
    expect(reasonOf('prob(" no")', judgedStep({ topK }))).toEqual({ kind: 'absent', reason: 'not in the top 1' })
    expect(reasonOf('prob(" no")', judgedStep())).toEqual({ kind: 'absent', reason: 'no likeliest tokens recorded' })
    expect(reasonOf('kl', judgedStep())).toEqual({ kind: 'absent', reason: 'no twin ran here' })
    expect(reasonOf('pInvoke', judgedStep({ decision: 1 }))).toEqual({ kind: 'absent', reason: 'not recorded here' })
    expect(watchValue(compileExpression('kl'), null)).toEqual({ kind: 'absent', reason: 'no step yet' })
  })

  it('waits for details that are on their way', () => {
    expect(watchValue(compileExpression('rank(" yes")'), scope(columns))).toEqual({ kind: 'pending' })
    expect(watchValue(compileExpression('entropy'), scope(columns))).toEqual({ kind: 'value', value: 1 })
  })

  it('has a curve with gaps where nothing is known, and none of texts', () => {
    const scopes = [judgedStep({ topK }), columns, judgedStep({ index: 2 })].map(scope)
    expect(watchPoints(compileExpression('rank(" yes")'), scopes)?.map(({ value }) => value)).toEqual([1, null, null])
    expect(watchPoints(compileExpression('candidate'), scopes)?.map(({ value }) => value)).toEqual([0, 0, 0])
    expect(watchPoints(compileExpression('token'), scopes)).toBeNull()
  })

  it('that is broken is kept and says why', () => {
    const watch = readWatch('pInvok')
    expect(watch.kind === 'broken' && watch.error.message).toBe('There is no pInvok; did you mean pInvoke?')
  })

  it('survives being stored; what is no source is dropped', () => {
    expect(watchListSerializer.read(watchListSerializer.write(['kl', 'rank("x")']))).toEqual(['kl', 'rank("x")'])
    expect(watchListSerializer.read('["kl", 3, "", "kl", null]')).toEqual(['kl'])
    expect(watchListSerializer.read('oops')).toEqual([])
  })
})

describe('what logpoints recorded', () => {
  const steps = judgedSteps(['=a', 'b"\n', 'c'])
  const breakpoints = [
    breakpointSchema.parse({ id: 'one', condition: { kind: 'always' }, when: 'index != 1', log: 'index * 2' }),
    breakpointSchema.parse({ id: 'two', condition: { kind: 'position', stepIndex: 1 }, log: 'token' }),
    breakpointSchema.parse({ id: 'three', condition: { kind: 'position', stepIndex: 1 }, log: 'kl' }),
    breakpointSchema.parse({ id: 'stop', condition: { kind: 'always' } }),
  ]
  const record = createBreakpointRecord(breakpoints)
  for (const step of steps) record.add(step, null)

  it('is a table of steps', () => {
    const table = logTable(breakpoints, record.read(), steps)
    expect(table?.columns.map(({ source }) => source)).toEqual(['index * 2', 'token', 'kl'])
    expect(table?.rows).toEqual([
      { stepIndex: 0, text: '=a', values: [0, undefined, undefined] },
      { stepIndex: 1, text: 'b"\n', values: [undefined, 'b"\n', null] },
      { stepIndex: 2, text: 'c', values: [4, undefined, undefined] },
    ])
    expect(logTable(breakpoints, record.read(), steps, 2)?.rows).toEqual(table?.rows.slice(1))
    expect(logTable(breakpoints.slice(3), record.read(), steps)).toBeNull()
  })

  it('is copied as CSV in which no text of the model is a formula or a line break', () => {
    const table = logTable(breakpoints, record.read(), steps)
    expect(table && logTableCsv(table).split('\r\n')).toEqual([
      'step,token,"index * 2","token","kl"',
      '0,"""=a""",0,,',
      '1,"""b\\""\\n""",,"""b\\""\\n""",',
      '2,"""c""",4,,',
      '',
    ])
  })
})
