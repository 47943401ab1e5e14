/** @file The debugger's promises over the whole host: the real engine on a golden case, a real log, and an app that ends in between. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { forkEngine } from '../../src/main/engine-host/index.ts'
import { createApp, type App } from '../../src/main/server/index.ts'
import type { OpenedSession } from '../../src/shared/contract/sessions.ts'
import { breakpointSchema } from '../../src/shared/domain/breakpoint.ts'
import type { TraceId } from '../../src/shared/domain/identifiers.ts'
import { runConfigSchema, type RunConfigInput } from '../../src/shared/domain/run-config.ts'
import type { Step } from '../../src/shared/domain/step.ts'
import type { Trace } from '../../src/shared/domain/trace.ts'
import { goldenLocation } from '../support/golden-model.ts'
import { advanceAndHear, lastState } from '../support/session-bench.ts'

const root = (path: string): string => new URL(`../../${path}`, import.meta.url).pathname
/** Logprobs of a context that was read at once against the same read token by token. */
const LOGPROB_TOLERANCE = 1e-4
let dir: string
let app: App

const startApp = (): Promise<App> => createApp({ dataDir: dir, resourcesDir: root('resources'), shell: 'browser', placement: { device: 'cpu' }, startEngine: () => forkEngine(root('src/main/engine/entry.ts')) })
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'memgen-debugger-'))
  app = await startApp()
})
afterEach(async () => {
  await app.dispose()
  await rm(dir, { recursive: true })
})

/** Hot enough that the end of text stays one of 296 equal chances; every candidate is woven. */
async function open(config: RunConfigInput = {}): Promise<OpenedSession> {
  const model = await app.context.modelLibrary.add({ name: 'qwen2 case', location: goldenLocation('qwen2') })
  const hot: RunConfigInput = { maxNewTokens: 24, sampling: { doSample: true, temperature: 50 }, policy: { kind: 'always' }, seed: 3, ...config }
  return app.context.sessions.open({ modelId: model.id, prompt: { kind: 'text', text: 'What is 7, plus 5.' }, config: runConfigSchema.parse(hot) })
}

async function runToEnd(traceId: TraceId): Promise<Trace> {
  await advanceAndHear(app.context.sessions, traceId, { until: 'end' })
  return traceOf(traceId)
}

async function traceOf(traceId: TraceId): Promise<Trace> {
  const trace = await app.context.log.getTrace(traceId)
  if (trace === undefined) throw new Error(`no trace ${traceId}`)
  return trace
}

const choices = (steps: readonly Step[]): unknown[] => steps.map(({ tokenId, decision, decisionSource, augmentationCount, randomState }) => ({ tokenId, decision, decisionSource, augmentationCount, randomState }))

test('a fork with a flipped decision equals its parent before it and differs from there', async () => {
  const parent = await runToEnd((await open()).header.id)
  const { header } = await app.context.sessions.fork({ traceId: parent.header.id, stepIndex: 0, change: { kind: 'none' } })
  expect((await runToEnd(header.id)).steps.map(({ logprob }) => logprob)).toEqual(parent.steps.map(({ logprob }) => logprob))

  const stepIndex = 6
  const decision = parent.steps[stepIndex]?.decision === 1 ? 0 : 1
  const fork = await app.context.sessions.fork({ traceId: parent.header.id, stepIndex, change: { kind: 'decision', decision } })
  const child = await runToEnd(fork.header.id)
  expect(child.steps.slice(0, stepIndex)).toEqual(parent.steps.slice(0, stepIndex))
  expect(child.steps[stepIndex]).toMatchObject({ decision, decisionSource: 'forced' })
  expect(child.steps[stepIndex]?.logprob).not.toBe(parent.steps[stepIndex]?.logprob)
  expect(await traceOf(parent.header.id)).toEqual(parent)
  expect((await app.context.log.listBranches(header.id))?.map(({ id }) => id).toSorted()).toEqual([parent.header.id, header.id, fork.header.id].toSorted())
})

test('a trace that an app left unfinished goes on to the tokens of an unbroken run, also in a fork', async () => {
  const whole = await runToEnd((await open()).header.id)
  const { header } = await open()
  await advanceAndHear(app.context.sessions, header.id, { until: 'end', stopAfter: 9 })
  await app.dispose()
  app = await startApp()
  expect(app.context.sessions.state((await traceOf(header.id)).header)).toMatchObject({ kind: 'recorded', reason: expect.stringContaining('Step takes it up again') as string })
  const revived = await runToEnd(header.id)
  expect(choices(revived.steps)).toEqual(choices(whole.steps))
  const furthest = Math.max(...revived.steps.map((step, index) => Math.abs(step.logprob - (whole.steps[index]?.logprob ?? Number.NaN))))
  expect(furthest).toBeLessThan(LOGPROB_TOLERANCE)

  await app.dispose()
  app = await startApp()
  const { header: fork } = await app.context.sessions.fork({ traceId: header.id, stepIndex: 5, change: { kind: 'none' } })
  expect(choices((await runToEnd(fork.id)).steps)).toEqual(choices(whole.steps))
})

test('a lost engine costs nothing that was recorded: stepping goes on to the same tokens', async () => {
  const whole = await runToEnd((await open()).header.id)
  const { engine, sessions } = app.context
  const { header } = await open()
  await advanceAndHear(sessions, header.id, { until: 'end', stopAfter: 4 })
  if (engine.status.kind !== 'ready') throw new Error('the engine should be ready')
  const lost = new Promise<void>((resolve) => engine.onLost(() => resolve()))
  process.kill(engine.status.pid, 'SIGKILL')
  await lost
  expect(choices((await runToEnd(header.id)).steps)).toEqual(choices(whole.steps))
})

test('a fresh trace is certified as exact, a branch with all its changes too, and the header carries it', async () => {
  const { sessions, log } = app.context
  const { header } = await open()
  await runToEnd(header.id)
  expect(await sessions.certify(header.id)).toMatchObject({ verdict: 'exact', comparedSteps: 24, firstDifference: null, device: 'cpu f32' })
  const forced = await sessions.fork({ traceId: header.id, stepIndex: 4, change: { kind: 'decision', decision: 1 } })
  const edited = await sessions.fork({ traceId: forced.header.id, stepIndex: 4, change: { kind: 'latents', edit: { kind: 'scale', factor: 2 } } })
  await runToEnd(edited.header.id)
  const certificate = await sessions.certify(edited.header.id)
  expect(certificate).toMatchObject({ verdict: 'exact', comparedSteps: 24 })
  expect((await log.getTraceHeader(edited.header.id))?.certificate).toEqual(certificate)
})

test('a breakpoint that is set while a run is under way stops it', async () => {
  const { header } = await open({ maxNewTokens: 2000, policy: { kind: 'vanilla' } })
  const { sessions } = app.context
  const events = await sessions.subscribe(header.id)
  await sessions.advance(header.id, { until: 'end' })
  const breakpoints = [breakpointSchema.parse({ id: 'late', condition: { kind: 'always' } })]
  for await (const event of events) {
    if (event.kind === 'step' && event.step.index === 3) await sessions.changeBreakpoints(header.id, { breakpoints, fromStep: 4 })
    if (event.kind === 'state' && event.state.kind === 'paused' && event.state.stoppedBy !== null) break
  }
  expect(sessions.state(header)).toEqual({ kind: 'paused', pending: null, stoppedBy: 'late' })
  expect((await traceOf(header.id)).steps.length).toBeLessThan(1000)
})

test('a breakpoint stops the run at its step, and no step is computed beyond it', async () => {
  const { sessions, engine, log } = app.context
  const computed: number[] = []
  engine.onStep(({ step }) => computed.push(step.index))
  const { header } = await open()
  const breakpoints = [breakpointSchema.parse({ id: 'fifth', condition: { kind: 'position', stepIndex: 5 } })]
  expect(lastState(await advanceAndHear(sessions, header.id, { until: 'end', breakpoints }))).toEqual({ kind: 'paused', pending: null, stoppedBy: 'fifth' })
  expect(computed).toEqual([0, 1, 2, 3, 4, 5])
  expect(await log.getTraceHeader(header.id)).toMatchObject({ stepCount: 6 })
})

test('a step is taken phase by phase to the numbers of a whole one', async () => {
  const { sessions } = app.context
  const whole = await open()
  await advanceAndHear(sessions, whole.header.id, { until: 'step' })
  const { header } = await open()
  expect(lastState(await advanceAndHear(sessions, header.id, { until: 'phase' }))).toMatchObject({ pending: { phase: 'decided', stepIndex: 0, isInserted: true, weave: null } })
  expect(lastState(await advanceAndHear(sessions, header.id, { until: 'phase' }))).toMatchObject({ pending: { phase: 'woven' } })
  await advanceAndHear(sessions, header.id, { until: 'phase' })
  const [step] = (await traceOf(header.id)).steps
  expect(step?.logprob).toBe((await traceOf(whole.header.id)).steps[0]?.logprob)
})
