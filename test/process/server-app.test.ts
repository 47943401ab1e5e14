/** @file What the app does by itself before anybody asks. The engine is a fake one. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { forkEngine } from '../../src/main/engine-host/index.ts'
import { createApp, type App, type AppOptions } from '../../src/main/server/index.ts'
import type { EngineStatus } from '../../src/shared/domain/engine-status.ts'

const fakeEngine = new URL('../support/fake-engine.ts', import.meta.url).pathname
let dir: string
let app: App

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'memgen-app-'))
})
afterEach(async () => {
  await app.dispose()
  await rm(dir, { recursive: true })
})

async function start(options: Partial<AppOptions>): Promise<App> {
  app = await createApp({ dataDir: dir, resourcesDir: '/app/resources', shell: 'browser', startEngine: () => forkEngine(fakeEngine), ...options })
  return app
}

/** The first status that says so; the present one counts. */
function statusWhere({ context: { engine } }: App, holds: (status: EngineStatus) => boolean): Promise<EngineStatus> {
  return new Promise((resolve) => {
    const consider = (status: EngineStatus): void => {
      if (!holds(status)) return
      stop()
      resolve(status)
    }
    const stop = engine.onStatus(consider)
    consider(engine.status)
  })
}

test('an interactive app holds the bundled model in memory before anybody opens it', async () => {
  const { context } = await start({ preloadsBundledModel: true })
  const [bundled] = await context.modelLibrary.list()
  const status = await statusWhere(app, (status) => status.kind === 'ready' && status.loadedModels.length > 0)
  expect(status).toMatchObject({ loadedModels: [{ modelId: bundled?.id, device: 'cpu' }] })
})

test('a bundled model that cannot be loaded is told to whoever opens it, and to nobody before', async () => {
  const { context } = await start({ preloadsBundledModel: true, resourcesDir: '/missing' })
  const [bundled] = await context.modelLibrary.list()
  if (bundled === undefined) throw new Error('the sample should be listed')
  await expect(context.engine.load({ modelId: bundled.id, location: bundled.location, device: 'cpu', precision: 'f32', weightsDir: null })).rejects.toThrow('no such folder')
  expect(context.engine.status).toMatchObject({ kind: 'ready', loadedModels: [] })
})
