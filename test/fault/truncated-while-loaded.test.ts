/** @file A model's file that shrinks while it is in memory: the engine process dies, and nothing else does. */
import { cpSync, mkdtempSync, rmSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { forkEngine } from '../../src/main/engine-host/index.ts'
import { createApp, type App } from '../../src/main/server/index.ts'
import type { TraceId } from '../../src/shared/domain/identifiers.ts'
import { runConfigSchema } from '../../src/shared/domain/run-config.ts'
import type { SessionState } from '../../src/shared/domain/session.ts'

const root = (path: string): string => new URL(`../../${path}`, import.meta.url).pathname
const folder = mkdtempSync(join(tmpdir(), 'memgen-truncated-'))
let app: App

afterEach(async () => {
  await app.dispose()
  rmSync(folder, { recursive: true })
})

/** What a session is after one more step. */
async function stateAfterStep(traceId: TraceId): Promise<SessionState | undefined> {
  const { sessions } = app.context
  const events = await sessions.subscribe(traceId, { fromStep: Number.MAX_SAFE_INTEGER })
  await sessions.advance(traceId, { until: 'step' })
  let hasRun = false
  for await (const event of events) {
    if (event.kind !== 'state') continue
    if (event.state.kind === 'running') hasRun = true
    else if (hasRun || event.state.kind !== 'paused') return event.state
  }
  return undefined
}

// Elsewhere a mapped file cannot be truncated, or the bytes stay.
test.runIf(process.platform === 'linux')('the host says so, keeps what was logged, names the file when it is loaded again, and other models go on', async () => {
  app = await createApp({ dataDir: join(folder, 'data'), resourcesDir: root('resources'), shell: 'browser', placement: { device: 'cpu' }, startEngine: () => forkEngine(root('src/main/engine/entry.ts')) })
  const { sessions, modelLibrary, log } = app.context
  cpSync(root('test/golden/qwen2/base'), join(folder, 'base'), { recursive: true })
  const weights = join(folder, 'base', 'model.safetensors')
  const model = await modelLibrary.add({ name: 'shrinking', location: { reasonerDir: join(folder, 'base') } })
  const config = runConfigSchema.parse({ policy: { kind: 'vanilla' }, maxNewTokens: 20 })
  const prompt = { kind: 'text', text: 'Hello' } as const
  const { header } = await sessions.open({ modelId: model.id, prompt, config })
  expect(await stateAfterStep(header.id)).toMatchObject({ kind: 'paused' })

  truncateSync(weights, 0)
  expect(await stateAfterStep(header.id)).toMatchObject({ kind: 'recorded', reason: expect.stringMatching(/signal SIGBUS.*shortened.*step/) as string })
  expect(await log.getTrace(header.id)).toMatchObject({ header: { finish: null, stepCount: 1 }, steps: [{ index: 0 }] })

  await expect(sessions.open({ modelId: model.id, prompt, config })).rejects.toThrow(weights)
  await expect(sessions.advance(header.id, { until: 'step' })).rejects.toThrow(weights)
  const [bundled] = await modelLibrary.list()
  if (bundled === undefined) throw new Error('a model is bundled')
  const other = await sessions.open({ modelId: bundled.id, prompt, config })
  expect(await stateAfterStep(other.header.id)).toMatchObject({ kind: 'paused' })
})
