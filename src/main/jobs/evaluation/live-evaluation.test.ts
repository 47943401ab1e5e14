/** @file A run between its results and the log: what is committed together, told, refused. */
import { expect, test } from 'vitest'
import type { EvaluationEvent, EvaluationRun } from '../../../shared/domain/evaluation.ts'
import type { EvaluationLog, EvaluationRunChanges, NewResult } from '../../log/index.ts'
import { LiveEvaluation } from './live-evaluation.ts'

function resultOf(sampleId: string): NewResult {
  return { result: { sampleId } as NewResult['result'], turns: [] }
}

/** Counts in `done`; every other field is as a test needs it. */
function fakeLog(refuse: () => Error | null = () => null) {
  let run = { id: 'r', status: 'queued', totals: { done: 0 } } as EvaluationRun
  const commits: number[] = []
  const changes: EvaluationRunChanges[] = []
  const orThrow = (): void => {
    const error = refuse()
    if (error !== null) throw error
  }
  const log = {
    addResults: async (_: string, results: readonly NewResult[]) => {
      orThrow()
      commits.push(results.length)
      return (run = { ...run, totals: { ...run.totals, done: run.totals.done + results.length } })
    },
    update: async (_: string, { status = run.status, ...rest }: EvaluationRunChanges) => {
      orThrow()
      changes.push(rest)
      return (run = { ...run, status })
    },
  }
  return { log: log as unknown as EvaluationLog, run, commits, changes }
}

function open(log: ReturnType<typeof fakeLog>, now = () => 0): { live: LiveEvaluation; events: EvaluationEvent[] } {
  const events: EvaluationEvent[] = []
  return { live: new LiveEvaluation(log.log, log.run, (event) => events.push(event), { now }), events }
}

test('results that come in together are committed together, and told afterwards with the run', async () => {
  const log = fakeLog()
  const { live, events } = open(log)
  for (const id of ['a', 'b', 'c']) live.receive(resultOf(id))
  expect(events).toEqual([])
  await live.settled()
  live.receive(resultOf('d'))
  await live.settled()
  expect(log.commits).toEqual([3, 1])
  expect(events.map((event) => (event.kind === 'result' ? event.result.sampleId : event.kind === 'run' ? event.run.totals.done : event.kind))).toEqual(['a', 'b', 'c', 3, 'd', 4])
})

test('a log that refuses stops the run with its reason, and nothing is told', async () => {
  const full = new Error('the disk is full')
  const { live, events } = open(fakeLog(() => full))
  live.receive(resultOf('a'))
  await live.settled()
  expect(live.signal.reason).toBe(full)
  await live.end('failed', 'the disk is full')
  expect(events).toEqual([{ kind: 'run', run: expect.objectContaining({ status: 'failed', error: 'the disk is full' }) as unknown }])
})

test('elapsed time counts from the first generation and is written now and then', async () => {
  let now = 0
  const log = fakeLog()
  const { live } = open(log, () => now)
  await live.update({ status: 'running' })
  now = 500
  live.startClock()
  for (const time of [1000, 3000, 3500]) {
    now = time
    live.receive(resultOf(`${time}`))
    await live.settled()
  }
  await live.end('finished', null)
  expect(log.changes.map(({ addedMs }) => addedMs)).toEqual([undefined, 2500, 500])
})

test('what a person writes on a run while it runs is not lost to the next result', async () => {
  const log = fakeLog()
  const { live } = open(log)
  live.annotate({ ...log.run, note: 'look here', tags: ['t'], isStarred: true, trashedAt: null })
  expect(live.run).toMatchObject({ note: 'look here', isStarred: true })
})
