import { describe, expect, it } from 'vitest'
import { breakpointSchema } from '../../../shared/domain/breakpoint.ts'
import { breakpointListSerializer, withBreakpoint, withPositionToggled } from './breakpoint-list.ts'

const insertion = breakpointSchema.parse({ id: 'b1', condition: { kind: 'insertion' } })
const candidate = breakpointSchema.parse({ id: 'b7', condition: { kind: 'candidate' }, when: 'entropy > 3', isOneShot: true })

describe('the kept breakpoints', () => {
  it('survive being stored, without the hits of a trace that is gone', () => {
    expect(breakpointListSerializer.read(breakpointListSerializer.write([{ ...insertion, hits: 4 }, candidate]))).toEqual([insertion, candidate])
  })

  it('lose only the entries that are none, and those that repeat an id', () => {
    const stored = JSON.stringify([insertion, { id: 'b2', condition: { kind: 'teapot' } }, null, 'b3', insertion, candidate])
    expect(breakpointListSerializer.read(stored)).toEqual([insertion, candidate])
    expect(breakpointListSerializer.read('{"0": {}}')).toEqual([])
    expect(breakpointListSerializer.read('not json')).toEqual([])
  })

  it('get ids that no other has', () => {
    const list = withBreakpoint([insertion, candidate], { condition: { kind: 'always' }, when: 'kl > 1' })
    expect(list.map(({ id }) => id)).toEqual(['b1', 'b7', 'b8'])
    expect(list[2]).toMatchObject({ isEnabled: true, when: 'kl > 1', log: null, hitCount: 1, isOneShot: false })
  })

  it('are put at a step and taken away from it again', () => {
    const put = withPositionToggled([insertion], 12)
    expect(put[1]?.condition).toEqual({ kind: 'position', stepIndex: 12 })
    expect(withPositionToggled(put, 12)).toEqual([insertion])
  })
})
