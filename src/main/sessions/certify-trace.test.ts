/** @file When a re-run is asked for one step more; what a certificate says of steps is shown in compare-runs.test.ts. */
import { expect, it } from 'vitest'
import type { Trace } from '../../shared/domain/trace.ts'
import type { TraceId } from '../../shared/domain/identifiers.ts'
import { certifyTrace } from './certify-trace.ts'

/** One whose next step has no room for its latents: it ends without a token. */
const fullTrace = { header: { modelId: 'm', prompt: { kind: 'text', text: '' }, config: {}, changes: [], origin: null, finish: 'length' }, promptTokens: [], steps: [], weaves: [] } as unknown as Trace

function engineThatAnswers(finish: 'length' | null) {
  const asked: string[] = []
  const call = (name: string): Promise<unknown> => {
    asked.push(name)
    return Promise.resolve(name === 'steps' ? { finish } : null)
  }
  return { asked, parts: { engine: { call, onStep: () => () => undefined }, log: {}, findCentroids: () => Promise.resolve(null) } as unknown as Parameters<typeof certifyTrace>[0] }
}

it('a row that ended for want of room ends so again', async () => {
  const { asked, parts } = engineThatAnswers('length')
  const { verdict } = await certifyTrace(parts, fullTrace, { rolloutId: 'again' as TraceId, signal: new AbortController().signal })
  expect(verdict).toBe('exact')
  expect(asked).toEqual(['open', 'steps', 'close'])
})

it('one that goes on then has another length', async () => {
  const { parts } = engineThatAnswers(null)
  expect(await certifyTrace(parts, fullTrace, { rolloutId: 'again' as TraceId, signal: new AbortController().signal })).toMatchObject({ verdict: 'differs', firstDifference: { what: 'length' } })
})
