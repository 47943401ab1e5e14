/** @file What a listener of all runs hears, also where it is slow. */
import { expect, test } from 'vitest'
import type { EvaluationEvent, EvaluationRun } from '../../../shared/domain/evaluation.ts'
import { followEvaluations } from './follow-evaluations.ts'

const runOf = (id: string, status: EvaluationRun['status'], done = 0): EvaluationRun => ({ id, status, totals: { done } }) as EvaluationRun
const describe = (event: EvaluationEvent): string => (event.kind === 'run' ? `${event.run.id} ${event.run.status} ${event.run.totals.done}` : event.kind)

function source(runs: EvaluationRun[]) {
  const listeners = new Set<(event: EvaluationEvent) => void>()
  return {
    tell: (event: EvaluationEvent) => listeners.forEach((listener) => listener(event)),
    listeners,
    followed: {
      listen: (listener: (event: EvaluationEvent) => void) => {
        listeners.add(listener)
        return () => void listeners.delete(listener)
      },
      list: async () => runs,
    },
  }
}

test('first what is queued or running, then what happens; leaving stops listening', async () => {
  const { followed, tell, listeners } = source([runOf('a', 'finished'), runOf('b', 'running'), runOf('c', 'queued')])
  const events = followEvaluations(followed, undefined)
  const heard = [describe((await events.next()).value!), describe((await events.next()).value!)]
  tell({ kind: 'run', run: runOf('c', 'running') })
  heard.push(describe((await events.next()).value!))
  expect(heard).toEqual(['b running 0', 'c queued 0', 'c running 0'])
  await events.return()
  expect(listeners.size).toBe(0)
})

test('an aborted subscription ends', async () => {
  const { followed } = source([])
  const controller = new AbortController()
  const events = followEvaluations(followed, controller.signal)
  const next = events.next()
  controller.abort()
  expect((await next).done).toBe(true)
})

test('a slow listener misses results, not the state of a run that changed meanwhile', async () => {
  const runs = [runOf('a', 'running'), runOf('b', 'finished')]
  const { followed, tell } = source(runs)
  const events = followEvaluations(followed, undefined)
  await events.next()
  tell({ kind: 'run', run: runOf('a', 'running', 1) })
  runs[0] = runOf('a', 'failed', 9)
  for (let index = 0; index < 5_000; index++) tell({ kind: 'stage', runId: 'b' as EvaluationRun['id'], stage: 's', fraction: 0 })
  expect(describe((await events.next()).value!)).toBe('a failed 9')
  let count = 0
  tell({ kind: 'run', run: runOf('b', 'finished', 2) })
  for await (const event of events) {
    count++
    if (describe(event) === 'b finished 2') break
  }
  expect(count).toBeLessThan(2_000)
})
