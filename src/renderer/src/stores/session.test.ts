import { createPinia } from 'pinia'
import { createApp, shallowRef } from 'vue'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Client } from '../api/client.ts'
import { modelIdSchema, runIdSchema, traceIdSchema, type TraceId } from '../../../shared/domain/identifiers.ts'
import { runConfigSchema } from '../../../shared/domain/run-config.ts'
import type { SessionEvent, SessionState } from '../../../shared/domain/session.ts'
import type { Step } from '../../../shared/domain/step.ts'
import type { TraceOverview } from '../../../shared/domain/trace-columns.ts'
import type { TraceHeader } from '../../../shared/domain/trace.ts'
import { provideHost } from './host.ts'
import { useSessionStore } from './session.ts'

const header: TraceHeader = {
  id: traceIdSchema.parse('t1'),
  runId: runIdSchema.parse('r1'),
  modelId: modelIdSchema.parse('m1'),
  modelName: 'Sample',
  prompt: { kind: 'text', text: 'Hi' },
  renderedPrompt: 'Hi',
  config: runConfigSchema.parse({}),
  parent: null,
  changes: [],
  placement: null,
  certificate: null,
  origin: null,
  finish: null,
  error: null,
  stepCount: 0,
  weaveCount: 0,
  preview: '',
  ending: '',
  createdAt: 0,
  updatedAt: 0,
}

const pausedState = { kind: 'paused', pending: null, stoppedBy: null } as const

function stepEvent(index: number): SessionEvent {
  const step: Step = {
    index,
    tokenId: index,
    text: 'a',
    logprob: -1,
    entropy: 1,
    topK: [],
    candidate: false,
    gateReason: null,
    triggerLogits: null,
    pInvoke: null,
    decision: -100,
    decisionSource: null,
    augmentationCount: 0,
    weaveId: null,
    randomState: { token: [], trigger: [], policy: [] },
    elapsedMs: { decide: 0, weave: 0, decode: 1 },
    twin: null,
  }
  return { kind: 'step', step, weave: null }
}

/** A recorded trace of so many steps, each with the token "a". */
function overviewOf(id: TraceId, stepCount: number): TraceOverview {
  const steps = {
    tokenIds: new Int32Array(stepCount),
    texts: { distinct: ['a'], at: new Int32Array(stepCount) },
    logprobs: new Float64Array(stepCount),
    entropies: new Float64Array(stepCount),
    pInvoke: { at: new Int32Array(), values: new Float64Array() },
    flags: new Uint8Array(stepCount),
    augmentationCounts: { at: new Int32Array(), values: new Int32Array() },
    elapsedMs: new Float32Array(3 * stepCount),
    twin: null,
  }
  return { header: { ...header, id }, promptTokens: [], steps, weaves: [] }
}

/** A host whose streams are written by the test, one list per call of `events`. */
function fakeHost(streams: (SessionEvent[] | Error)[][]): { client: Client; askedFrom: number[]; overviews: Map<TraceId, { trace: TraceOverview; state: SessionState } | Error> } {
  const askedFrom: number[] = []
  const overviews = new Map<TraceId, { trace: TraceOverview; state: SessionState } | Error>()
  async function* play(): AsyncGenerator<SessionEvent> {
    for (const part of streams.shift() ?? []) {
      if (part instanceof Error) throw part
      yield* part
    }
  }
  const client = {
    log: {
      overview: async ({ traceId }: { traceId: TraceId }) => {
        const answer = overviews.get(traceId)
        if (answer === undefined || answer instanceof Error) throw answer ?? new Error('no such trace')
        return answer
      },
    },
    sessions: {
      open: () => Promise.resolve({ header, promptTokens: [], state: pausedState }),
      fork: () => Promise.resolve({ header: { ...header, id: traceIdSchema.parse('t2') }, promptTokens: [], state: pausedState }),
      advance: () => Promise.reject(new Error('no engine')),
      events: ({ fromStep }: { fromStep: number }) => {
        askedFrom.push(fromStep)
        return Promise.resolve(play())
      },
    },
  }
  // Only the procedures that the tests reach are there.
  return { client: client as unknown as Client, askedFrom, overviews }
}

function mountStore(client: Client): ReturnType<typeof useSessionStore> {
  const app = createApp({})
  app.use(createPinia())
  provideHost(app, { client, connection: shallowRef({ kind: 'connected' }) })
  return app.runWithContext(() => useSessionStore())
}

/** Enough for every timer of a store; stores of other tests share this process, and some of them ask their host again for ever. */
const passTime = () => vi.advanceTimersByTimeAsync(10_000)

describe('the session store', () => {
  beforeEach(() => {
    vi.useFakeTimers()
    vi.stubGlobal('requestAnimationFrame', (run: () => void) => void queueMicrotask(run))
  })
  afterEach(() => {
    vi.useRealTimers()
    vi.unstubAllGlobals()
  })

  it('shows the steps of an opened generation as they arrive', async () => {
    const { client } = fakeHost([[[stepEvent(0), stepEvent(1), { kind: 'state', state: { kind: 'finished', finish: 'eos' }, header }]]])
    const session = mountStore(client)
    await session.open({ modelId: header.modelId, prompt: header.prompt, config: header.config })
    await passTime()
    expect(session.steps.map((step) => step.index)).toEqual([0, 1])
    expect(session.state).toEqual({ kind: 'finished', finish: 'eos' })
  })

  it('shows a single step’s token a frame before everything else about it', async () => {
    const frames: (() => void)[] = []
    vi.stubGlobal('requestAnimationFrame', (run: () => void) => void frames.push(run))
    const nextFrame = (): void => frames.splice(0).forEach((run) => run())
    const { client } = fakeHost([[[stepEvent(0), { kind: 'state', state: pausedState, header: { ...header, stepCount: 1 } }]]])
    const session = mountStore(client)
    await session.open({ modelId: header.modelId, prompt: header.prompt, config: header.config })
    await passTime()
    nextFrame()
    expect([session.foremostSteps.length, session.steps.length, session.cursor, session.header?.stepCount]).toEqual([1, 0, -1, 0])
    nextFrame()
    expect([session.foremostSteps.length, session.steps.length, session.cursor, session.header?.stepCount]).toEqual([1, 1, 0, 1])
  })

  it('shows all of a run’s steps at once', async () => {
    const running = { kind: 'running', until: 'end' } as const
    const { client } = fakeHost([[[{ kind: 'state', state: running, header }], new Error('socket closed')], [[stepEvent(0), stepEvent(1)]]])
    const session = mountStore(client)
    await session.open({ modelId: header.modelId, prompt: header.prompt, config: header.config })
    await vi.advanceTimersByTimeAsync(0)
    expect(session.state).toEqual(running)
    const frames: (() => void)[] = []
    vi.stubGlobal('requestAnimationFrame', (run: () => void) => void frames.push(run))
    await passTime()
    frames.forEach((run) => run())
    expect([session.foremostSteps.length, session.steps.length, session.cursor]).toEqual([2, 2, 1])
  })

  describe('when a trace is asked for before it is shown', () => {
    const otherId = traceIdSchema.parse('t9')
    const other = overviewOf(otherId, 0)

    it('shows the answer to that question', async () => {
      const { client, overviews } = fakeHost([[[stepEvent(0)]]])
      const session = mountStore(client)
      overviews.set(otherId, { trace: other, state: { kind: 'recorded', reason: null } })
      session.askFor(otherId)
      overviews.clear()
      await session.reopen(otherId)
      expect([session.header?.id, session.phase]).toEqual([otherId, 'ready'])
    })

    it.each([
      ['answers', { trace: other, state: { kind: 'recorded', reason: null } } as const],
      ['refuses', new Error('the log is gone')],
    ])('leaves the trace on screen as it is, and followed, where the user does not go there after all and the host %s', async (_, answer) => {
      const { client, overviews } = fakeHost([[[stepEvent(0)], new Error('socket closed')], [[stepEvent(1)]]])
      const session = mountStore(client)
      await session.open({ modelId: header.modelId, prompt: header.prompt, config: header.config })
      overviews.set(otherId, answer)
      session.askFor(otherId)
      await passTime()
      expect([session.header?.id, session.phase, session.failure]).toEqual([header.id, 'ready', null])
      expect([session.steps.length, session.cursor]).toEqual([2, 1])
    })

    it('reads it anew where the question was given up: it may have gone on since', async () => {
      const { client, overviews } = fakeHost([])
      const session = mountStore(client)
      overviews.set(otherId, { trace: other, state: { kind: 'recorded', reason: null } })
      session.askFor(otherId)
      session.askFor(null)
      overviews.set(otherId, { trace: { ...other, header: { ...other.header, finish: 'eos' } }, state: { kind: 'recorded', reason: null } })
      await session.reopen(otherId)
      expect(session.header?.finish).toBe('eos')
    })
  })

  it('resumes a lost stream from the step it has and shows no step twice', async () => {
    const { client, askedFrom } = fakeHost([[[stepEvent(0), stepEvent(1)], new Error('socket closed')], [[stepEvent(1), stepEvent(2)]]])
    const session = mountStore(client)
    await session.open({ modelId: header.modelId, prompt: header.prompt, config: header.config })
    await passTime()
    expect(askedFrom).toEqual([0, 2])
    expect(session.steps.map((step) => step.index)).toEqual([0, 1, 2])
  })

  it('says that a single step runs only when it takes its time', async () => {
    const running = { kind: 'running', until: 'step' } as const
    const { client } = fakeHost([[[{ kind: 'state', state: running, header }, stepEvent(0), { kind: 'state', state: pausedState, header }]], [[{ kind: 'state', state: running, header }]]])
    const session = mountStore(client)
    await session.open({ modelId: header.modelId, prompt: header.prompt, config: header.config })
    await passTime()
    expect(session.state).toEqual(pausedState)
    await session.open({ modelId: header.modelId, prompt: header.prompt, config: header.config })
    await vi.advanceTimersByTimeAsync(100)
    expect(session.state).toEqual(pausedState)
    await vi.advanceTimersByTimeAsync(100)
    expect(session.state).toEqual(running)
  })

  it('keeps the trace on screen when a command fails, and says why', async () => {
    const { client } = fakeHost([[[stepEvent(0)]]])
    const session = mountStore(client)
    await session.open({ modelId: header.modelId, prompt: header.prompt, config: header.config })
    await passTime()
    await session.advance('step')
    expect(session.failure?.happened).toBe('no engine')
    expect(session.steps).toHaveLength(1)
  })

  it('goes back over recorded steps without the engine, and forward again to its end', async () => {
    const { client } = fakeHost([[[stepEvent(0), stepEvent(1), stepEvent(2)]]])
    const session = mountStore(client)
    await session.open({ modelId: header.modelId, prompt: header.prompt, config: header.config })
    await passTime()
    expect([session.cursor, session.isAtEnd]).toEqual([2, true])
    session.stepBack()
    session.stepBack()
    expect([session.cursor, session.isAtEnd]).toEqual([0, false])
    await session.advance('step')
    expect([session.cursor, session.failure]).toEqual([1, null])
    // At the end of the record the engine is asked, and this one refuses.
    await session.advance('end')
    expect([session.cursor, session.failure?.happened]).toEqual([2, 'no engine'])
  })

  it('replays the phases of a recorded step', async () => {
    const { client } = fakeHost([[[stepEvent(0), stepEvent(1)]]])
    const session = mountStore(client)
    await session.open({ modelId: header.modelId, prompt: header.prompt, config: header.config })
    await passTime()
    session.moveTo(0)
    await session.advance('phase')
    expect([session.cursor, session.pending?.phase]).toEqual([0, 'decided'])
    await session.advance('phase')
    expect([session.cursor, session.pending]).toEqual([1, null])
  })

  it('starts a fork with the steps that both share, and follows from there', async () => {
    const { client, askedFrom } = fakeHost([[[stepEvent(0), stepEvent(1), stepEvent(2)]], [[stepEvent(2)]]])
    const session = mountStore(client)
    await session.open({ modelId: header.modelId, prompt: header.prompt, config: header.config })
    await passTime()
    await session.fork(2, { kind: 'decision', decision: 1 })
    await passTime()
    expect(askedFrom).toEqual([0, 2])
    expect([session.header?.id, session.steps.length, session.cursor, session.detail(1)?.index]).toEqual(['t2', 3, 2, 1])
  })

  it.each([
    ['at its end, where its steps of meanwhile are', 2, 4],
    ['where it was left', 1, 1],
  ])('comes back to a trace %s', async (_, leftAt, found) => {
    const { client, overviews } = fakeHost([[[stepEvent(0), stepEvent(1), stepEvent(2)]]])
    const session = mountStore(client)
    await session.open({ modelId: header.modelId, prompt: header.prompt, config: header.config })
    await passTime()
    session.moveTo(leftAt)
    const otherId = traceIdSchema.parse('t9')
    overviews.set(otherId, { trace: overviewOf(otherId, 2), state: { kind: 'recorded', reason: null } })
    overviews.set(header.id, { trace: overviewOf(header.id, 5), state: { kind: 'recorded', reason: null } })
    await session.reopen(otherId)
    await session.reopen(header.id)
    expect([session.header?.id, session.cursor]).toEqual([header.id, found])
  })
})
