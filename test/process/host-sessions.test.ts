/** @file Sessions over a real (fake) engine process: what is logged, what listeners hear, what a loss or a full disk leaves. */
import { setTimeout } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { LogUnavailableError } from '../../src/main/log/index.ts'
import { createMemoryLog, type SessionLog, type SessionRoomOptions } from '../../src/main/sessions/index.ts'
import { breakpointSchema, type Breakpoint } from '../../src/shared/domain/breakpoint.ts'
import type { ModelId, TraceId } from '../../src/shared/domain/identifiers.ts'
import { runConfigSchema } from '../../src/shared/domain/run-config.ts'
import type { SessionEvent } from '../../src/shared/domain/session.ts'
import { advanceAndHear, benchModel as model, closeBench, hearUntil, lastState, openBench, openOn as open, stepIndices, type SessionBench } from '../support/session-bench.ts'

const benches: SessionBench[] = []
afterEach(async () => {
  await Promise.all(benches.splice(0).map(closeBench))
})

function setUp(options: SessionRoomOptions & { log?: SessionLog } = {}): SessionBench {
  const bench = openBench(options)
  benches.push(bench)
  return bench
}

const paused = { kind: 'paused', pending: null, stoppedBy: null }

test('a session opens paused, runs one step when told, and is paused again', async () => {
  const { room } = setUp()
  const { header, promptTokens, state } = await open(room, 'hello')
  expect(state).toEqual(paused)
  expect(promptTokens).toHaveLength(1)
  const hearing = hearUntil(room, header.id, ['paused'])
  await room.advance(header.id, { until: 'step' })
  const events = await hearing
  expect(stepIndices(events)).toEqual([0])
  expect(events.flatMap((event) => (event.kind === 'state' ? event.state.kind : 'step'))).toEqual(['paused', 'running', 'step', 'paused'])
})

test('a listener hears of a step only after the log has it', async () => {
  const log = createMemoryLog({ now: () => 1_000 })
  const { room } = setUp({ log })
  const { header } = await open(room, 'hello')
  const storedWhenHeard: number[] = []
  const hearing = (async () => {
    for await (const event of await room.subscribe(header.id)) {
      if (event.kind === 'step') storedWhenHeard.push(((await log.stepsFrom(header.id, event.step.index)) ?? []).length)
    }
  })()
  await room.advance(header.id, { until: 'end' })
  await hearing
  expect(storedWhenHeard).toHaveLength(8)
  expect(Math.min(...storedWhenHeard)).toBeGreaterThan(0)
})

test('listeners that join at any time hear every step once, in order', async () => {
  const { room } = setUp()
  const { header } = await open(room, 'hello', 30)
  const early = hearUntil(room, header.id, ['finished'])
  await room.advance(header.id, { until: 'end' })
  const joined: Promise<SessionEvent[]>[] = []
  for await (const event of await room.subscribe(header.id)) {
    if (event.kind === 'step' && event.step.index % 5 === 0) joined.push(hearUntil(room, header.id, ['finished'], 3))
  }
  const all = Array.from({ length: 30 }, (_, index) => index)
  expect(stepIndices(await early)).toEqual(all)
  for (const events of await Promise.all(joined)) expect(stepIndices(events)).toEqual(all.slice(3))
})

test('running to the next decision stops after the step where the trigger was asked', async () => {
  const { room } = setUp()
  const { header } = await open(room, 'hello')
  for (const expected of [[0], [0, 1, 2, 3]]) {
    const hearing = hearUntil(room, header.id, ['paused'])
    await room.advance(header.id, { until: 'decision' })
    expect(stepIndices(await hearing)).toEqual(expected)
  }
})

test('pause ends a run after the step under way, and the next advance goes on from there', async () => {
  const { room } = setUp()
  const { header } = await open(room, 'hello', 1_000_000)
  const hearing = hearUntil(room, header.id, ['paused'])
  await room.advance(header.id, { until: 'end' })
  for await (const event of await room.subscribe(header.id)) if (event.kind === 'step' && event.step.index === 4) break
  await room.pause(header.id)
  const heard = stepIndices(await hearing)
  expect(heard.slice(0, 5)).toEqual([0, 1, 2, 3, 4])
  const stepping = hearUntil(room, header.id, ['paused'], heard.length)
  await room.advance(header.id, { until: 'step' })
  expect(stepIndices(await stepping)).toEqual([heard.length])
})

test('while one session runs, another is opened and stepped', async () => {
  const { room } = setUp()
  const running = await open(room, 'long', 1_000_000)
  await room.advance(running.header.id, { until: 'end' })
  const other = await open(room, 'short')
  const hearing = hearUntil(room, other.header.id, ['paused'])
  await room.advance(other.header.id, { until: 'step' })
  expect(stepIndices(await hearing)).toEqual([0])
  expect(room.state(running.header)).toEqual({ kind: 'running', until: 'end' })
})

/** Long enough for the fake engine to compute a thousand steps, if it may. */
const SLOW_COMMIT_MS = 100

/** Steps that the engine was ahead of a slow log whenever it took some. */
async function leadsOver(breakpoints: readonly Breakpoint[], maxNewTokens: number): Promise<number[]> {
  const log = createMemoryLog({ now: () => 1_000 })
  let computed = 0
  const leads: number[] = []
  const { room, engine } = setUp({
    log: {
      ...log,
      commitSteps: async (traceId, steps) => {
        await setTimeout(SLOW_COMMIT_MS)
        leads.push(computed - 1 - (steps.at(-1)?.step.index ?? 0))
        await log.commitSteps(traceId, steps)
      },
    },
  })
  engine.onStep(() => computed++)
  const { header } = await open(room, 'hello', maxNewTokens)
  const hearing = hearUntil(room, header.id, ['finished'])
  await room.advance(header.id, { until: 'end', breakpoints })
  await hearing
  return leads
}

test('while steps are committed the engine computes one more and then waits, where a breakpoint may stop it', async () => {
  const never = breakpointSchema.parse({ id: 'never', condition: { kind: 'text', text: 'never generated' } })
  expect(Math.max(...(await leadsOver([never], 20)))).toBeLessThanOrEqual(1)
})

test('a run that only a pause can stop is no more than one call and one batch ahead of a slow disk', async () => {
  expect(Math.max(...(await leadsOver([], 1200)))).toBeLessThanOrEqual(256 + 128)
})

test('a finished session is recorded with its finish, replays from the log and cannot be stepped', async () => {
  const { room, log } = setUp()
  const { header } = await open(room, 'hello eos@2')
  const hearing = hearUntil(room, header.id, ['finished'])
  await room.advance(header.id, { until: 'end' })
  expect(lastState(await hearing)).toEqual({ kind: 'finished', finish: 'eos' })
  expect(await log.getTraceHeader(header.id)).toMatchObject({ finish: 'eos', error: null, stepCount: 2 })
  expect(stepIndices(await hearUntil(room, header.id, ['finished']))).toEqual([0, 1])
  await expect(room.advance(header.id, { until: 'step' })).rejects.toMatchObject({ name: 'SessionNotLiveError' })
})

test('restart opens a new trace with the same prompt and config and leaves the old one', async () => {
  const { room, log } = setUp()
  const { header } = await open(room, 'hello eos@2')
  const hearing = hearUntil(room, header.id, ['finished'])
  await room.advance(header.id, { until: 'end' })
  await hearing
  const restarted = await room.restart(header.id)
  expect(restarted.header.id).not.toBe(header.id)
  expect(restarted.header).toMatchObject({ prompt: header.prompt, config: header.config, stepCount: 0 })
  expect(await log.getTraceHeader(header.id)).toMatchObject({ stepCount: 2, finish: 'eos' })
})

test('an unknown model or trace is refused by name', async () => {
  const { room } = setUp()
  await expect(room.open({ modelId: 'nowhere' as ModelId, prompt: { kind: 'text', text: 'x' }, config: runConfigSchema.parse({}) })).rejects.toMatchObject({ name: 'ModelNotFoundError', modelId: 'nowhere' })
  await expect(room.subscribe('no-trace' as TraceId)).rejects.toMatchObject({ name: 'TraceNotFoundError' })
  await expect(room.advance('no-trace' as TraceId, { until: 'step' })).rejects.toMatchObject({ name: 'TraceNotFoundError' })
})

test('a rollout that fails finishes as an error with its message', async () => {
  const { room, log } = setUp()
  const { header } = await open(room, 'hello fail@3')
  const hearing = hearUntil(room, header.id, ['finished'])
  await room.advance(header.id, { until: 'end' })
  const events = await hearing
  expect(stepIndices(events)).toEqual([0, 1, 2])
  expect(lastState(events)).toEqual({ kind: 'finished', finish: 'error' })
  expect(await log.getTraceHeader(header.id)).toMatchObject({ finish: 'error', error: 'logits are NaN at step 3', stepCount: 3 })
})

test('a session opens on the device its model was loaded on, also after the engine was lost', async () => {
  const { room, engine } = setUp()
  await room.load(model.id, { device: 'webgpu', precision: 'f32' })
  const { header } = await open(room, 'hello')
  if (engine.status.kind !== 'ready') throw new Error('the engine should be ready')
  expect(engine.status.loadedModels).toMatchObject([{ modelId: model.id, device: 'webgpu', fallback: null }])
  const hearing = hearUntil(room, header.id, ['recorded'])
  process.kill(engine.status.pid, 'SIGKILL')
  await hearing
  await room.restart(header.id)
  expect(engine.status).toMatchObject({ loadedModels: [{ modelId: model.id, device: 'webgpu', fallback: null }] })
})

test('moving a model to another device ends its sessions as recorded ones that say why', async () => {
  const { room, log } = setUp()
  const { header } = await open(room, 'hello')
  const stepped = hearUntil(room, header.id, ['paused'])
  await room.advance(header.id, { until: 'step' })
  await stepped
  const ended = hearUntil(room, header.id, ['recorded'])
  await room.load(model.id, { device: 'webgpu', precision: 'f32' })
  expect(lastState(await ended)).toEqual({
    kind: 'recorded',
    reason: 'Its model was moved from cpu f32 to webgpu f32. Its first step is kept in the log. Step takes it up again.',
  })
  expect(await log.getTraceHeader(header.id)).toMatchObject({ finish: null, stepCount: 1 })
  expect(stepIndices(await advanceAndHear(room, header.id, { until: 'step' }, 1))).toEqual([1])
  expect((await room.restart(header.id)).state).toEqual(paused)
})

test('kill -9 turns every live session into a recorded one that says what happened and what was kept', async () => {
  const { room, engine, log } = setUp()
  const running = await open(room, 'hello hang@3')
  const idle = await open(room, 'idle')
  const hearing = Promise.all([hearUntil(room, running.header.id, ['recorded']), hearUntil(room, idle.header.id, ['recorded'])])
  await room.advance(running.header.id, { until: 'end' })
  for await (const event of await room.subscribe(running.header.id)) if (event.kind === 'step' && event.step.index === 2) break
  if (engine.status.kind !== 'ready') throw new Error('the engine should be ready')
  process.kill(engine.status.pid, 'SIGKILL')
  const [ran, idled] = await hearing
  expect(stepIndices(ran)).toEqual([0, 1, 2])
  const reason = 'The engine process ended by signal SIGKILL. All 3 steps before that are kept in the log. Step takes it up again.'
  expect(lastState(ran)).toEqual({ kind: 'recorded', reason })
  expect(lastState(idled)).toMatchObject({ kind: 'recorded', reason: expect.stringContaining('No step had been logged yet') as string })
  expect(await log.getTraceHeader(running.header.id)).toMatchObject({ finish: null, error: null, stepCount: 3 })
  expect(room.state(running.header)).toEqual({ kind: 'recorded', reason })
  const restarted = await room.restart(running.header.id)
  expect(restarted.state).toEqual(paused)
})

test('a step that came before the engine was lost is logged, although its answer never came', async () => {
  const { room, engine, log } = setUp()
  const { header } = await open(room, 'hello silent@2')
  const computed = new Promise<void>((resolve) => void engine.onStep(({ step }) => void (step.index === 2 && resolve())))
  const hearing = hearUntil(room, header.id, ['recorded'])
  await room.advance(header.id, { until: 'end' })
  await computed
  if (engine.status.kind !== 'ready') throw new Error('the engine should be ready')
  process.kill(engine.status.pid, 'SIGKILL')
  expect(stepIndices(await hearing)).toEqual([0, 1, 2])
  expect(await log.getTraceHeader(header.id)).toMatchObject({ finish: null, stepCount: 3 })
})

test('a full disk stops the session, says so, and keeps what was logged; with room on the disk it goes on', async () => {
  const log = createMemoryLog({ now: () => 1_000 })
  let isFull = true
  const failing: SessionLog = {
    ...log,
    commitSteps: async (traceId, steps) => {
      if (isFull && steps.some(({ step }) => step.index === 1)) throw new LogUnavailableError('/data/log.sqlite', 'disk-full', 'the disk is full')
      await log.commitSteps(traceId, steps)
    },
  }
  const { room } = setUp({ log: failing })
  const { header } = await open(room, 'hello')
  const hearing = hearUntil(room, header.id, ['recorded'])
  await room.advance(header.id, { until: 'end' })
  const events = await hearing
  expect(stepIndices(events)).toEqual([0])
  expect(lastState(events)).toEqual({
    kind: 'recorded',
    reason: 'The log could not be written (/data/log.sqlite: the disk is full). Its first step is kept in the log. Step takes it up again.',
  })
  expect(await log.getTraceHeader(header.id)).toMatchObject({ stepCount: 1, finish: null })
  isFull = false
  expect(stepIndices(await advanceAndHear(room, header.id, { until: 'end' }, 1))).toEqual([1, 2, 3, 4, 5, 6, 7])
})

test('beyond the limit the least recently used paused session is closed and can be taken up again', async () => {
  const { room, log } = setUp({ maxLiveRollouts: 2 })
  const first = await open(room, 'one')
  const second = await open(room, 'two')
  const stepped = hearUntil(room, first.header.id, ['paused'])
  await room.advance(first.header.id, { until: 'step' }) // now the second is the least recently used
  await stepped
  const hearing = hearUntil(room, second.header.id, ['recorded'])
  await open(room, 'three')
  expect(lastState(await hearing)).toMatchObject({ kind: 'recorded', reason: expect.stringContaining('2 can be stepped at once') as string })
  expect(await log.getTraceHeader(second.header.id)).toMatchObject({ finish: null, error: null })
  expect(room.state(first.header)).toEqual(paused)
  expect(stepIndices(await advanceAndHear(room, second.header.id, { until: 'step' }))).toEqual([0])
  expect(room.state(second.header)).toEqual(paused)
})

test('dispose leaves what runs unfinished with its last step logged, and says that the app ended', async () => {
  const { room, engine, log } = setUp()
  const { header } = await open(room, 'hello', 1_000_000)
  const hearing = hearUntil(room, header.id, ['finished'])
  await room.advance(header.id, { until: 'end' })
  for await (const event of await room.subscribe(header.id)) if (event.kind === 'step') break
  await Promise.all([room.dispose(), engine.dispose()])
  const heard = stepIndices(await hearing)
  expect(await log.getTraceHeader(header.id)).toMatchObject({ finish: null, stepCount: heard.length })
  expect(lastState(await hearing)).toMatchObject({ kind: 'recorded', reason: expect.stringMatching(/^The app ended before.*Step takes it up again/) as string })
})

test('a listener that leaves while nothing happens is let go', async () => {
  const { room } = setUp()
  const { header } = await open(room, 'hello')
  const controller = new AbortController()
  const events = await room.subscribe(header.id, { signal: controller.signal })
  expect((await events.next()).value).toMatchObject({ kind: 'state' })
  const waiting = events.next()
  controller.abort()
  expect(await waiting).toEqual({ done: true, value: undefined })
})
