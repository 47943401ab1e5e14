/** @file Branches, phases and breakpoints of sessions over a (fake) engine process: what a fork holds, and where a run stops. */
import { afterEach, expect, test } from 'vitest'
import { createMemoryLog, type SessionRoomOptions } from '../../src/main/sessions/index.ts'
import type { TraceChange } from '../../src/shared/domain/branch.ts'
import { breakpointSchema, type Breakpoint } from '../../src/shared/domain/breakpoint.ts'
import type { TraceId, WeaveId } from '../../src/shared/domain/identifiers.ts'
import { runConfigSchema } from '../../src/shared/domain/run-config.ts'
import type { Trace } from '../../src/shared/domain/trace.ts'
import { advanceAndHear, closeBench, hearUntil, lastState, openBench, openOn, stepIndices, type SessionBench } from '../support/session-bench.ts'

const benches: SessionBench[] = []
afterEach(async () => {
  await Promise.all(benches.splice(0).map(closeBench))
})

function setUp(options: SessionRoomOptions & Partial<Pick<SessionBench, 'log'>> = {}): SessionBench {
  const bench = openBench(options)
  benches.push(bench)
  return bench
}

/** A trace that has finished after eight steps; its candidates are 0, 3 and 6. */
async function finishedTrace({ room }: SessionBench, text = 'hello'): Promise<TraceId> {
  const { header } = await openOn(room, text)
  await advanceAndHear(room, header.id, { until: 'end' })
  return header.id
}

async function traceOf({ log }: SessionBench, traceId: TraceId): Promise<Trace> {
  const trace = await log.getTrace(traceId)
  if (trace === undefined) throw new Error(`no trace ${traceId}`)
  return trace
}

const decline: TraceChange = { kind: 'decision', decision: 0 }
const insert: TraceChange = { kind: 'decision', decision: 1 }
const zeroed: TraceChange = { kind: 'latents', edit: { kind: 'zero' } }
const breakpoint = (given: Pick<Breakpoint, 'id' | 'condition'> & Partial<Breakpoint>): Breakpoint => breakpointSchema.parse(given)

test('a fork holds its own copy of the steps before it, goes on with its change, and leaves its parent as it was', async () => {
  const bench = setUp()
  const parentId = await finishedTrace(bench)
  const before = await traceOf(bench, parentId)
  const { header, state, promptTokens } = await bench.room.fork({ traceId: parentId, stepIndex: 3, change: decline })
  expect(state).toEqual({ kind: 'paused', pending: null, stoppedBy: null })
  expect(promptTokens).toEqual(before.promptTokens)
  expect(header).toMatchObject({ runId: before.header.runId, parent: { traceId: parentId, stepIndex: 3 }, changes: [{ stepIndex: 3, change: decline }], stepCount: 3, weaveCount: 1, finish: null })
  expect(stepIndices(await advanceAndHear(bench.room, header.id, { until: 'end' }))).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
  const child = await traceOf(bench, header.id)
  expect(child.steps.slice(0, 3)).toEqual(before.steps.slice(0, 3))
  expect(child.steps[3]).toMatchObject({ decision: 0, decisionSource: 'forced', weaveId: null })
  expect(child.weaves.map(({ stepIndex }) => stepIndex)).toEqual([0, 6])
  expect(await traceOf(bench, parentId)).toEqual(before)
})

test('a trace is forked from its record where its rollout is gone, and holds the same', async () => {
  const bench = setUp({ maxLiveRollouts: 1 })
  const parentId = await finishedTrace(bench)
  const { header } = await bench.room.fork({ traceId: parentId, stepIndex: 4, change: insert }) // takes the only place from its parent
  await advanceAndHear(bench.room, header.id, { until: 'end' })
  expect((await traceOf(bench, header.id)).steps.map(({ decision }) => decision)).toEqual([1, -100, -100, 1, 1, -100, 1, -100])
})

test('changes at one step add up over branches', async () => {
  const bench = setUp()
  const parentId = await finishedTrace(bench)
  const forced = await bench.room.fork({ traceId: parentId, stepIndex: 4, change: insert })
  const edited = await bench.room.fork({ traceId: forced.header.id, stepIndex: 4, change: zeroed })
  const typed = await bench.room.fork({ traceId: edited.header.id, stepIndex: 4, change: { kind: 'tokens', tokenIds: [77], text: 'x' } })
  expect(typed.header.changes.map(({ change }) => change.kind)).toEqual(['decision', 'latents', 'tokens'])
  await advanceAndHear(bench.room, typed.header.id, { until: 'step' })
  const { steps, weaves } = await traceOf(bench, typed.header.id)
  expect(steps[4]).toMatchObject({ tokenId: 77, decision: 1 })
  expect([...(weaves.find(({ stepIndex }) => stepIndex === 4)?.latents.data ?? [])]).toEqual(Array<number>(8).fill(0))
})

test('a block is swapped for one of another trace, and a block that is not there is named', async () => {
  const bench = setUp()
  const parentId = await finishedTrace(bench)
  const donorId = await finishedTrace(bench, 'donor')
  const donor = (await traceOf(bench, donorId)).weaves[2]
  if (donor === undefined) throw new Error('the donor should have three blocks')
  const swap = (weaveId: WeaveId): TraceChange => ({ kind: 'latents', edit: { kind: 'swap', traceId: donorId, weaveId } })
  const { header } = await bench.room.fork({ traceId: parentId, stepIndex: 3, change: swap(donor.id) })
  await advanceAndHear(bench.room, header.id, { until: 'step' })
  expect((await traceOf(bench, header.id)).weaves[1]?.latents).toEqual(donor.latents)
  await expect(bench.room.fork({ traceId: parentId, stepIndex: 3, change: swap('gone' as WeaveId) })).rejects.toThrow(`Trace ${donorId} has no latent block gone in the log.`)
})

test('a finished trace goes on in a fork at its end, and not beyond it', async () => {
  const bench = setUp()
  const parentId = await finishedTrace(bench)
  const config = runConfigSchema.parse({ maxNewTokens: 10 })
  const { header } = await bench.room.fork({ traceId: parentId, stepIndex: 8, change: { kind: 'config', config } })
  expect(stepIndices(await advanceAndHear(bench.room, header.id, { until: 'end' }, 8))).toEqual([8, 9])
  await expect(bench.room.fork({ traceId: parentId, stepIndex: 9, change: insert })).rejects.toThrow('8 steps are recorded, so 8 is the last that can be changed')
})

test('a step is taken phase by phase, and its rest at once', async () => {
  const { room, log } = setUp()
  const { header } = await openOn(room, 'hello')
  const states = [lastState(await advanceAndHear(room, header.id, { until: 'phase' })), lastState(await advanceAndHear(room, header.id, { until: 'phase' }))]
  expect(states).toMatchObject([
    { kind: 'paused', pending: { phase: 'decided', stepIndex: 0, isInserted: true, pInvoke: 0.73, weave: null } },
    { kind: 'paused', pending: { phase: 'woven', weave: { stepIndex: 0 } } },
  ])
  expect(await log.getTraceHeader(header.id)).toMatchObject({ stepCount: 0 })
  expect(lastState(await advanceAndHear(room, header.id, { until: 'phase' }))).toEqual({ kind: 'paused', pending: null, stoppedBy: null })
  await advanceAndHear(room, header.id, { until: 'phase' }, 1)
  expect(stepIndices(await advanceAndHear(room, header.id, { until: 'step' }, 1))).toEqual([1])
})

test('a run stops at the next candidate, decision or insertion, and at the cursor', async () => {
  const { room } = setUp()
  const { header } = await openOn(room, 'hello', 40)
  const { header: declined } = await room.fork({ traceId: header.id, stepIndex: 0, change: decline })
  expect(stepIndices(await advanceAndHear(room, declined.id, { until: 'insertion' }))).toEqual([0, 1, 2, 3])
  expect(stepIndices(await advanceAndHear(room, declined.id, { until: 'candidate' }, 4))).toEqual([4, 5, 6])
  expect(stepIndices(await advanceAndHear(room, declined.id, { until: 'end', stopAfter: 11 }, 7))).toEqual([7, 8, 9, 10, 11])
})

test('a breakpoint stops the run, and the engine computes nothing beyond it', async () => {
  const { room, engine } = setUp()
  const computed: number[] = []
  engine.onStep(({ step }) => computed.push(step.index))
  const { header } = await openOn(room, 'hello', 40)
  const breakpoints = [
    breakpoint({ id: 'off', condition: { kind: 'always' }, isEnabled: false }),
    breakpoint({ id: 'third', condition: { kind: 'insertion' }, when: 'augmentationCount >= 1', hitCount: 2 }),
    breakpoint({ id: 'log', condition: { kind: 'always' }, log: 'entropy' }),
  ]
  expect(lastState(await advanceAndHear(room, header.id, { until: 'end', breakpoints }))).toEqual({ kind: 'paused', pending: null, stoppedBy: 'third' })
  expect(computed).toEqual([0, 1, 2, 3, 4, 5, 6])
  await advanceAndHear(room, header.id, { until: 'step' }, 7)
  expect(computed).toHaveLength(8)
})

test('a text that began before the run is completed in it', async () => {
  const { room } = setUp()
  const { header } = await openOn(room, 'hello', 40)
  await advanceAndHear(room, header.id, { until: 'step' })
  const breakpoints = [breakpoint({ id: 'text', condition: { kind: 'text', text: 't0 t1' } })]
  expect(lastState(await advanceAndHear(room, header.id, { until: 'end', breakpoints }))).toMatchObject({ stoppedBy: 'text' })
  expect((await room.fork({ traceId: header.id, stepIndex: 2, change: insert })).header.stepCount).toBe(2)
})

test('a breakpoint on the vanilla twin switches it on', async () => {
  const { room } = setUp()
  const { header } = await openOn(room, 'hello')
  const typed = await room.fork({ traceId: header.id, stepIndex: 0, change: { kind: 'tokens', tokenIds: [10, 77], text: 'x' } })
  const breakpoints = [breakpoint({ id: 'differs', condition: { kind: 'twin-differs' } })]
  const events = await advanceAndHear(room, typed.header.id, { until: 'end', breakpoints })
  expect(stepIndices(events)).toEqual([0, 1])
  expect(lastState(events)).toMatchObject({ stoppedBy: 'differs' })
})

test('the twin stays as the user set it, also over a lost rollout; a fork begins without', async () => {
  const bench = setUp({ maxLiveRollouts: 2 })
  const { room } = bench
  const twinsOf = async (traceId: TraceId): Promise<boolean[]> => (await traceOf(bench, traceId)).steps.map(({ twin }) => twin !== null)
  const { header } = await openOn(room, 'hello', 40)
  await room.setTwin(header.id, true)
  await advanceAndHear(room, header.id, { until: 'step' })
  const fork = await room.fork({ traceId: header.id, stepIndex: 1, change: insert })
  await advanceAndHear(room, fork.header.id, { until: 'step' })
  await openOn(room, 'takes the place of the first')
  await advanceAndHear(room, header.id, { until: 'step' })
  await room.setTwin(header.id, false)
  await advanceAndHear(room, header.id, { until: 'step' })
  expect(await twinsOf(fork.header.id)).toEqual([true, false])
  expect(await twinsOf(header.id)).toEqual([true, true, false])
})

test('what an app left unfinished is taken up by the next one, by many at once only once', async () => {
  const log = createMemoryLog({ now: () => 1_000 })
  const first = setUp({ log })
  const { header } = await openOn(first.room, 'hello')
  await advanceAndHear(first.room, header.id, { until: 'step' })
  await closeBench(first)
  const { room } = setUp({ log })
  expect(room.state(header)).toMatchObject({ kind: 'recorded', reason: expect.stringContaining('Step takes it up again') as string })
  await Promise.all([room.advance(header.id, { until: 'end' }), room.advance(header.id, { until: 'end' }), room.setTwin(header.id, true)])
  expect(stepIndices(await hearUntil(room, header.id, ['finished']))).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
  expect(await log.getTraceHeader(header.id)).toMatchObject({ finish: 'length', stepCount: 8 })
})

test('a trace is certified beside a running one and carries the result; a live listener hears of it', async () => {
  const bench = setUp()
  const { room, log } = bench
  const running = await openOn(room, 'long', 1_000_000)
  await room.advance(running.header.id, { until: 'end' })
  const { header } = await openOn(room, 'hello')
  await advanceAndHear(room, header.id, { until: 'decision' })
  const events = await room.subscribe(header.id, { fromStep: 1 })
  await events.next()
  const certificate = await room.certify(header.id)
  expect(certificate).toMatchObject({ verdict: 'exact', comparedSteps: 1, firstDifference: null, device: 'cpu f32', createdAt: 1_000 })
  expect((await events.next()).value).toMatchObject({ kind: 'state', state: { kind: 'paused' }, header: { certificate } })
  expect(await log.getTraceHeader(header.id)).toMatchObject({ certificate, stepCount: 1 })
  expect(room.state(running.header)).toMatchObject({ kind: 'running' })
  expect(stepIndices(await advanceAndHear(room, header.id, { until: 'step' }, 1))).toEqual([1])
})

test('a record that the engine does not repeat is certified as different', async () => {
  const bench = setUp()
  const { header } = await openOn(bench.room, 'hello')
  const typed = await bench.room.fork({ traceId: header.id, stepIndex: 0, change: { kind: 'tokens', tokenIds: [77], text: 'x' } })
  await advanceAndHear(bench.room, typed.header.id, { until: 'decision' })
  const trace = await traceOf(bench, typed.header.id)
  bench.log.getTrace = async () => ({ ...trace, header: { ...trace.header, changes: [] } }) // as if another model had made it
  expect(await bench.room.certify(typed.header.id)).toMatchObject({ verdict: 'differs', firstDifference: { stepIndex: 0, what: 'token' } })
})

test('a re-run ends with the app, and stamps nothing', async () => {
  const bench = setUp()
  const { room, engine, log } = bench
  const { header } = await openOn(room, 'hello', 2_000)
  await advanceAndHear(room, header.id, { until: 'end' })
  const stepped = new Promise<void>((resolve) => engine.onStep(() => resolve()))
  const certifying = expect(room.certify(header.id)).rejects.toMatchObject({ name: 'EngineDisposedError' })
  await stepped
  await closeBench(bench)
  await certifying
  expect(await log.getTraceHeader(header.id)).toMatchObject({ certificate: null })
})
