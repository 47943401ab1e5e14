import { createPinia } from 'pinia'
import { createApp, nextTick, shallowRef } from 'vue'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { judgedSteps } from '../../../../test/support/judged-step.ts'
import type { Client } from '../api/client.ts'
import { traceIdSchema, weaveIdSchema } from '../../../shared/domain/identifiers.ts'
import type { TraceHeader } from '../../../shared/domain/trace.ts'
import { useBreakpointsStore } from './breakpoints.ts'
import { provideHost } from './host.ts'
import { useSessionStore } from './session.ts'

const inserted = weaveIdSchema.parse('w')
const steps = judgedSteps(['a', 'b', 'a', 'b']).map((step) => ({ ...step, weaveId: step.index % 2 === 0 ? inserted : null }))

const changeBreakpoints = vi.fn<Client['sessions']['changeBreakpoints']>()
let session: ReturnType<typeof useSessionStore>
let store: ReturnType<typeof useBreakpointsStore>

beforeEach(() => {
  const app = createApp({})
  app.use(createPinia())
  changeBreakpoints.mockReset()
  // Nothing else of the host is called here.
  provideHost(app, { client: { sessions: { changeBreakpoints } } as unknown as Client, connection: shallowRef({ kind: 'connected' }) })
  app.runWithContext(() => {
    session = useSessionStore()
    store = useBreakpointsStore()
  })
  store.removeAll()
})

describe('the breakpoints of the trace on screen', () => {
  it('count hits over steps that were there before them and over those that come', async () => {
    session.steps = steps.slice(0, 3)
    store.add({ condition: { kind: 'insertion' } })
    await nextTick()
    expect(store.reading.hitSteps.get('b1')).toEqual([0, 2])
    session.steps = [...steps, { ...steps[0]!, index: 4 }]
    await nextTick()
    expect(store.reading.hitSteps.get('b1')).toEqual([0, 2, 4])
  })

  it('go over no step again for a header that comes anew with a step', async () => {
    const header = { id: traceIdSchema.parse('t1') } as TraceHeader // nothing else of it is read here
    session.header = header
    session.steps = steps
    store.add({ condition: { kind: 'insertion' } })
    await nextTick()
    const { reading } = store
    session.header = { ...header }
    await nextTick()
    expect(store.reading).toBe(reading)
  })

  it('tell a run what stops it, with the hits up to the current step', async () => {
    session.steps = steps
    store.add({ condition: { kind: 'text', text: 'ab' }, hitCount: 2 })
    store.add({ condition: { kind: 'always' }, when: 'pInvok > 1' })
    await nextTick()
    session.moveTo(1)
    const run = store.run()
    expect(run.breakpoints).toMatchObject([{ id: 'b1', hits: 1 }])
    expect(steps.slice(2).map((step) => run.judge.stops(step, null))).toEqual([null, 'b1'])
    expect([run.needsTwin, run.judge.needsDetails, store.broken.get('b2')?.message]).toEqual([false, false, 'There is no pInvok; did you mean pInvoke?'])
    session.moveTo(3)
    expect(run.breakpoints[0]?.hits).toBe(2)
  })

  it('reach a run that is under way as they change, with the hits of the steps that have come', async () => {
    const traceId = traceIdSchema.parse('t1')
    session.header = { id: traceId } as TraceHeader // nothing else of it is read here
    session.steps = steps
    store.add({ condition: { kind: 'insertion' } })
    await nextTick()
    expect(changeBreakpoints).not.toHaveBeenCalled()
    session.state = { kind: 'running', until: 'end' }
    store.change('b1', { hitCount: 9 })
    store.add({ condition: { kind: 'always' }, when: 'pInvok > 1' })
    await vi.waitFor(() => expect(changeBreakpoints).toHaveBeenCalledOnce())
    expect(changeBreakpoints.mock.lastCall?.[0]).toMatchObject({ traceId, fromStep: 4, breakpoints: [{ id: 'b1', hitCount: 9, hits: 2 }] })
  })

  it('are switched off by their stop where they stop once', async () => {
    session.steps = steps
    session.moveTo(3)
    store.add({ condition: { kind: 'insertion' }, isOneShot: true })
    session.state = { kind: 'paused', pending: null, stoppedBy: 'b1' }
    await nextTick()
    expect(store.breakpoints[0]?.isEnabled).toBe(false)
  })

  it('are known by position, for marks beside the tokens', () => {
    store.togglePosition(3)
    store.togglePosition(5)
    store.change('b2', { isEnabled: false })
    expect([...store.positions]).toEqual([[3, true], [5, false]])
    store.togglePosition(3)
    expect(store.positions.has(3)).toBe(false)
  })
})
