/** @file A listener that falls behind misses no step: what its mailbox could not hold comes from the log. */
import { expect, test } from 'vitest'
import type { TraceHeader } from '../../shared/domain/trace.ts'
import type { Step } from '../../shared/domain/step.ts'
import type { RecordedStep } from '../log/index.ts'
import { LISTENER_CAPACITY, LiveSession } from './live-session.ts'
import type { SessionLog } from './session-log.ts'
import { followSession } from './watch-trace.ts'

const header = { id: 't', preview: '', weaveCount: 0 } as unknown as TraceHeader // nothing else is read
const recorded = (index: number): RecordedStep => ({ step: { index, text: '' } as Step, weave: null })

const settings = { header, promptTokens: [], texts: [], placement: { device: 'cpu' as const, precision: 'f32' as const } }

test('a listener that left while the log was being read ends', async () => {
  const session = new LiveSession(settings, { commit: async () => undefined, onFailure: () => undefined })
  const controller = new AbortController()
  const log = {
    stepsFrom: async () => {
      controller.abort()
      return []
    },
  } as unknown as SessionLog // followed by reading only
  const kinds: string[] = []
  for await (const { kind } of followSession(log, session, { fromStep: 0, signal: controller.signal })) kinds.push(kind)
  expect(kinds).toEqual(['state'])
  const late: string[] = []
  for await (const { kind } of followSession(log, session, { fromStep: 0, signal: controller.signal })) late.push(kind)
  expect(late).toEqual(['state'])
})

test('a listener that reads nothing while a long run goes on gets every step once, in order, and the last state', async () => {
  const records: RecordedStep[] = []
  const session = new LiveSession(settings, { commit: async (steps) => void records.push(...steps), onFailure: () => undefined })
  const log = { stepsFrom: async (_id: string, index: number) => records.slice(index) } as unknown as SessionLog // followed by reading only
  const events = followSession(log, session, { fromStep: 0, signal: undefined })
  expect((await events.next()).value).toMatchObject({ kind: 'state', state: { kind: 'paused' } })
  session.announceState({ kind: 'running', until: 'end' })
  for (let index = 0; index < 3 * LISTENER_CAPACITY; index++) session.log([recorded(index)])
  await session.logged()
  session.end({ kind: 'finished', finish: 'length' }, { finish: 'length', error: null })

  const indices: number[] = []
  let last: unknown
  for await (const event of events) {
    if (event.kind === 'step') indices.push(event.step.index)
    last = event
  }
  expect(indices).toEqual(records.map(({ step }) => step.index))
  expect(last).toMatchObject({ kind: 'state', state: { kind: 'finished' } })
})
