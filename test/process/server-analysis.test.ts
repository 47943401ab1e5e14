/** @file The RPC room `analysis` and what `sessions` answers about texts, forks and certificates, with the codes of refusals. The engine is a fake one. */
import { createRouterClient } from '@orpc/server'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { forkEngine } from '../../src/main/engine-host/index.ts'
import { createApp, type App } from '../../src/main/server/index.ts'
import type { ModelId, TraceId, WeaveId } from '../../src/shared/domain/identifiers.ts'
import { runConfigSchema } from '../../src/shared/domain/run-config.ts'
import type { Trace } from '../../src/shared/domain/trace.ts'
import { advanceAndHear } from '../support/session-bench.ts'

const fakeEngine = new URL('../support/fake-engine.ts', import.meta.url).pathname
let dir: string
let app: App
const clientOf = ({ router, context }: App) => createRouterClient(router, { context })

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'memgen-analysis-'))
  app = await createApp({ dataDir: dir, resourcesDir: '/app/resources', shell: 'browser', startEngine: () => forkEngine(fakeEngine) })
})
afterEach(async () => {
  await app.dispose()
  rmSync(dir, { recursive: true })
})

async function bundledId(): Promise<ModelId> {
  const [model] = await app.context.modelLibrary.list()
  if (model === undefined) throw new Error('the sample should be listed')
  return model.id
}

/** Eight steps; blocks before steps 0, 3 and 6. */
async function recordTrace(): Promise<Trace> {
  const { header } = await clientOf(app).sessions.open({ modelId: await bundledId(), prompt: { kind: 'text', text: 'hello' }, config: runConfigSchema.parse({ maxNewTokens: 8 }) })
  await advanceAndHear(app.context.sessions, header.id, { until: 'end' })
  return (await clientOf(app).log.trace({ traceId: header.id })).trace
}

function secondBlock({ header, weaves }: Trace): { traceId: TraceId; weaveId: WeaveId } {
  const weave = weaves[1]
  if (weave === undefined) throw new Error('the trace should have three blocks')
  return { traceId: header.id, weaveId: weave.id }
}

test('each question about a block is asked about its step, and about a trace of all its steps', async () => {
  const { analysis } = clientOf(app)
  const trace = await recordTrace()
  const block = secondBlock(trace)
  expect(await analysis.attention({ ...block, maxSteps: 4 })).toMatchObject({ layers: 2, heads: 2, latents: 2, stepIndices: [3, 4, 5, 6] })
  expect((await analysis.logitLens({ ...block, topK: 1 })).entries[0]?.[0]).toHaveLength(1)
  expect(await analysis.effect(block)).toMatchObject({ stepIndex: 3, kl: 0.5 })
  expect(await analysis.similarity(block)).toMatchObject({ latents: 2, context: [{ kind: 'prompt', index: 0 }] })
  const { traceId } = block
  expect((await analysis.attentionLane({ traceId })).mass).toHaveLength(8)
  expect((await analysis.twin({ traceId })).steps).toHaveLength(8)
})

test('gates are audited for traces in the order asked for, or for all of a run', async () => {
  const { analysis, sessions } = clientOf(app)
  const { header } = await recordTrace()
  const fork = await sessions.fork({ traceId: header.id, stepIndex: 2, change: { kind: 'none' } })
  const both = [fork.header.id, header.id]
  const audit = await analysis.gates({ traceIds: both })
  expect(audit).toMatchObject({ positions: 10, both: 2, onlyText: 2, onlyTokenId: 0, traps: { merged: 1, decimal: 0, incompleteCharacter: 0 } })
  expect(audit.findings.map(({ traceId }) => traceId)).toEqual(both)
  expect((await analysis.gates({ runId: header.runId })).findings.map(({ traceId }) => traceId).toSorted()).toEqual(both.toSorted())
})

test('a block or a trace that is not there is refused by its code and name', async () => {
  const { analysis, sessions } = clientOf(app)
  const { header } = await recordTrace()
  const absent = { traceId: header.id, weaveId: 'gone' as WeaveId }
  await expect(analysis.effect(absent)).rejects.toMatchObject({ code: 'PROMPT_REJECTED', message: `Trace ${header.id} has no latent block gone in the log.` })
  await expect(analysis.twin({ traceId: 'gone' })).rejects.toMatchObject({ code: 'TRACE_NOT_FOUND', data: { traceId: 'gone' } })
  await expect(sessions.fork({ traceId: header.id, stepIndex: 9, change: { kind: 'none' } })).rejects.toMatchObject({ code: 'PROMPT_REJECTED', message: expect.stringContaining('8 steps are recorded') as string })
  await expect(sessions.fork({ traceId: header.id, stepIndex: 3, change: { kind: 'latents', edit: { kind: 'swap', ...absent } } })).rejects.toMatchObject({ code: 'PROMPT_REJECTED' })
  await expect(sessions.advance({ traceId: header.id, until: 'step' })).rejects.toMatchObject({ code: 'SESSION_NOT_LIVE' })
  await expect(sessions.certify({ traceId: 'gone' })).rejects.toMatchObject({ code: 'TRACE_NOT_FOUND' })
})

test('a prompt is previewed and a text tokenized without a generation', async () => {
  const { sessions, log } = clientOf(app)
  const modelId = await bundledId()
  expect(await sessions.preview({ modelId, prompt: { kind: 'text', text: 'hello' } })).toMatchObject({ renderedPrompt: '<hello>', promptTokens: [{ text: 'hello' }] })
  expect(await sessions.tokenize({ modelId, text: 'ab' })).toEqual({ tokens: [{ tokenId: 97, text: 'a' }, { tokenId: 98, text: 'b' }] })
  await expect(sessions.preview({ modelId, prompt: { kind: 'text', text: '' } })).rejects.toMatchObject({ code: 'PROMPT_REJECTED' })
  expect((await log.traces({})).total).toBe(0)
})

test('a trace is certified from its record after the app was started anew', async () => {
  const { header } = await recordTrace()
  await app.dispose()
  app = await createApp({ dataDir: dir, resourcesDir: '/app/resources', shell: 'browser', startEngine: () => forkEngine(fakeEngine) })
  const { sessions, log } = clientOf(app)
  const certificate = await sessions.certify({ traceId: header.id })
  expect(certificate).toMatchObject({ verdict: 'exact', comparedSteps: 8 })
  expect((await log.overview({ traceId: header.id })).trace.header.certificate).toEqual(certificate)
})
