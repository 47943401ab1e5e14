import { describe, expect, it } from 'vitest'
import { runIdSchema, traceIdSchema } from '../../../shared/domain/identifiers.ts'
import { neighbourOf, promptTitle, tabBeside, withTab, type SessionTab } from './tab-list.ts'

function tab(run: string, trace = `${run}-trace`): SessionTab {
  return { runId: runIdSchema.parse(run), traceId: traceIdSchema.parse(trace), title: run, modelName: 'Sample' }
}
const [a, b, c] = [tab('a'), tab('b'), tab('c')]

describe('session tabs', () => {
  it('a run has one tab, whichever of its branches is shown', () => {
    expect(withTab([a, b], tab('a', 'branch'), null)).toEqual([tab('a', 'branch'), b])
    expect(withTab([a, b], c, null)).toEqual([a, b, c])
  })

  it('a restarted run takes its own place', () => {
    expect(withTab([a, b], c, a.runId)).toEqual([c, b])
  })

  it('closing shows the next, at the end the one before', () => {
    expect([neighbourOf([a, b, c], b.runId), neighbourOf([a, b, c], c.runId), neighbourOf([a], a.runId)]).toEqual([c, b, null])
  })

  it('next and previous go around', () => {
    expect([tabBeside([a, b, c], c.runId, 1), tabBeside([a, b, c], a.runId, -1), tabBeside([], null, 1)]).toEqual([a, c, null])
  })

  it('are named after what the user said last, on one line', () => {
    expect(promptTitle({ kind: 'messages', messages: [{ role: 'system', content: 'Be brief' }, { role: 'user', content: ' How\n many? ' }] })).toBe('How many?')
    expect(promptTitle({ kind: 'text', text: '' })).toBe('Empty prompt')
  })
})
