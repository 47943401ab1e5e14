/** @file The RPC room `log` beyond whole traces: overviews, stretches of steps, branches and kept prompts. The engine is a fake one. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRouterClient } from '@orpc/server'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { forkEngine } from '../../src/main/engine-host/index.ts'
import { createApp, type App } from '../../src/main/server/index.ts'
import { stepsFromColumns } from '../../src/shared/domain/trace-columns.ts'
import { newBranch, newTrace, plainInsertion, plainStep, traceId } from '../support/recorded-trace.ts'

const fakeEngine = new URL('../support/fake-engine.ts', import.meta.url).pathname
let dir: string
let app: App
const logOf = ({ router, context }: App) => createRouterClient(router, { context }).log

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'memgen-server-log-'))
  app = await createApp({ dataDir: dir, resourcesDir: '/app/resources', shell: 'browser', startEngine: () => forkEngine(fakeEngine) })
  const { log } = app.context
  await log.createTrace(newTrace('a'))
  const { step, weave } = plainInsertion(0)
  await log.commitSteps(traceId('a'), [{ step, weave }])
  await log.commitSteps(traceId('a'), [{ step: plainStep(1), weave: null }])
  await log.finishTrace(traceId('a'), 'eos', null)
  await log.createTrace(newBranch('b', 'a', 1))
})
afterEach(async () => {
  await app.dispose()
  rmSync(dir, { recursive: true })
})

test('an overview comes with the state of its trace, and its steps by stretches', async () => {
  const log = logOf(app)
  const { trace, state } = await log.overview({ traceId: traceId('a') })
  expect(state).toEqual({ kind: 'finished', finish: 'eos' })
  expect(stepsFromColumns(trace.steps, trace.weaves)).toMatchObject([{ index: 0, pInvoke: 0.73, weaveId: 'weave 0' }, { index: 1, pInvoke: null, weaveId: null }])
  expect(await log.steps({ traceId: traceId('a'), from: 1, to: 2 })).toEqual({ steps: [plainStep(1)], weaves: [] })
  expect((await log.overview({ traceId: traceId('b') })).state.kind).toBe('recorded')
})

test('branches of one beginning are listed from any of them', async () => {
  const { traces } = await logOf(app).branches({ traceId: traceId('b') })
  expect(traces.map(({ id, parent }) => [id, parent?.stepIndex]).sort()).toEqual([['a', undefined], ['b', 1]])
})

test('a trace that is not there is said so, by its id', async () => {
  const log = logOf(app)
  const input = { traceId: traceId('nowhere') }
  const refusal = { code: 'TRACE_NOT_FOUND', data: input }
  await expect(log.overview(input)).rejects.toMatchObject(refusal)
  await expect(log.steps({ ...input, from: 0, to: 1 })).rejects.toMatchObject(refusal)
  await expect(log.branches(input)).rejects.toMatchObject(refusal)
})

test('prompts are kept, listed and removed', async () => {
  const log = logOf(app)
  const saved = await log.savePrompt({ title: 'Sum', prompt: { kind: 'text', text: '2 + 3' }, reference: '5' })
  expect(await log.prompts()).toEqual({ prompts: [saved] })
  await log.removePrompt({ id: saved.id })
  expect(await log.prompts()).toEqual({ prompts: [] })
})
