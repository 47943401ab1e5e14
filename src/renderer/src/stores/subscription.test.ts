import { ORPCError } from '@orpc/client'
import { expect, it } from 'vitest'
import { subscribe } from './subscription.ts'

async function* events(values: readonly number[], failure?: Error): AsyncGenerator<number> {
  yield* values
  if (failure !== undefined) throw failure
}

it('asks again after a lost connection and ends when the stream ends', async () => {
  const streams = [events([1, 2], new Error('socket closed')), events([3])]
  const seen: number[] = []
  const refused: unknown[] = []
  await subscribe(() => Promise.resolve(streams.shift() ?? events([])), {
    signal: new AbortController().signal,
    onEvent: (event) => seen.push(event),
    onRefused: (error) => refused.push(error),
    wait: () => Promise.resolve(),
  })
  expect(seen).toEqual([1, 2, 3])
  expect(refused).toEqual([])
})

it('does not ask again what the host refused', async () => {
  const refusal = new ORPCError('TRACE_NOT_FOUND')
  const refused: unknown[] = []
  await subscribe(() => Promise.reject(refusal), { signal: new AbortController().signal, onEvent: () => {}, onRefused: (error) => refused.push(error) })
  expect(refused).toEqual([refusal])
})

it('says nothing more once it is aborted', async () => {
  const abort = new AbortController()
  const seen: number[] = []
  await subscribe(() => Promise.resolve(events([1, 2, 3])), {
    signal: abort.signal,
    onEvent: (event) => {
      seen.push(event)
      abort.abort()
    },
    onRefused: () => {},
  })
  expect(seen).toEqual([1])
})
