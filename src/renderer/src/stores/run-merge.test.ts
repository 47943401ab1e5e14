import { expect, it } from 'vitest'
import { sampleRun } from '../../../../test/support/sample-run.ts'
import { mergeRuns, mergeStages } from './run-merge.ts'

const first = sampleRun({ id: 'first', createdAt: 1, updatedAt: 5 })
const second = sampleRun({ id: 'second', createdAt: 2, updatedAt: 5 })

it('a run that changes keeps its place, a new one comes first, and what is older than what is known changes nothing', () => {
  const changed = mergeRuns([second, first], [{ ...first, updatedAt: 6, note: 'later' }])
  expect(changed.map(({ id, note }) => [id, note])).toEqual([['second', ''], ['first', 'later']])
  expect(mergeRuns(changed, [{ ...first, updatedAt: 4, note: 'earlier' }])[1]?.note).toBe('later')
  expect(mergeRuns(changed, [sampleRun({ id: 'third', createdAt: 3 })]).map(({ id }) => id)).toEqual(['third', 'second', 'first'])
})

it('runs of one time come in the order of the log, however they arrive', () => {
  const [one, two, three] = ['x-1', 'x-2', 'x-3'].map((id) => sampleRun({ id, createdAt: 3 }))
  if (one === undefined || two === undefined || three === undefined) throw new Error('three were made')
  expect(mergeRuns(mergeRuns([first], [two]), [one, three]).map(({ id }) => id)).toEqual(['x-3', 'x-2', 'x-1', 'first'])
})

it('a stage lasts until the first result after it, or until the run rests', () => {
  const begun = mergeStages(new Map(), [{ kind: 'stage', runId: first.id, stage: 'hashing weights', fraction: 0.5 }, { kind: 'stage', runId: second.id, stage: 'loading', fraction: 0 }])
  expect(begun.get(first.id)).toEqual({ stage: 'hashing weights', fraction: 0.5 })
  expect(mergeStages(begun, [{ kind: 'run', run: { ...first, status: 'running' } }]).size).toBe(2)
  expect([...mergeStages(begun, [{ kind: 'run', run: { ...first, status: 'paused' } }]).keys()]).toEqual(['second'])
})
