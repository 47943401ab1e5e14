import { expect, it } from 'vitest'
import type { TraceHeader } from '../../../shared/domain/trace.ts'
import { newestFirst, orderBy, sortTraces, type TraceOrder } from './trace-order.ts'

const headers: readonly Partial<TraceHeader>[] = [
  { preview: 'c', modelName: 'Qwen 10', stepCount: 9, placement: null, finish: null, createdAt: 3 },
  { preview: 'b', modelName: 'Qwen 2', stepCount: 120, placement: { device: 'cuda', precision: 'f32' }, finish: 'eos', createdAt: 2 },
  { preview: 'a', modelName: 'qwen 2', stepCount: 9, placement: { device: 'cpu', precision: 'q8' }, finish: 'length', createdAt: 1 },
]
const traces = headers as readonly TraceHeader[] // a column reads no more of a trace than stands here

function sorted(column: TraceOrder['column'], isDescending: boolean): string {
  return sortTraces(traces, { column, isDescending }).map(({ preview }) => preview).join('')
}

it('traces are sorted by what a column shows: numbers by their size, also within names', () => {
  expect([sorted('tokens', true), sorted('made', false), sorted('state', false)]).toEqual(['bca', 'abc', 'bca'])
  expect(sorted('model', true).startsWith('c')).toBe(true)
})

it('equals stay as they come, and traces without a value last, in either direction', () => {
  expect([sorted('tokens', false), sorted('tokens', true)]).toEqual(['cab', 'bca'])
  expect([sorted('placement', false), sorted('placement', true)]).toEqual(['abc', 'bac'])
})

it('a second click turns the order of a column; another column begins at its most or its first letter', () => {
  expect(orderBy('made', newestFirst)).toEqual({ column: 'made', isDescending: false })
  expect(orderBy('insertions', newestFirst)).toEqual({ column: 'insertions', isDescending: true })
  expect(orderBy('model', newestFirst)).toEqual({ column: 'model', isDescending: false })
})
