/** @file What every end-to-end test starts from: an empty data folder and the app served from it. It knows no view. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test as base } from '@playwright/test'
import { serveApp, type ServedApp } from '../support/served-app.ts'

export interface AppFixtures {
  /** Starts the app on this test's data folder, again after a crash too; all are ended with the test. */
  startApp: () => Promise<ServedApp>
}

export const test = base.extend<AppFixtures>({
  // Playwright reads a fixture's needs from its first parameter, which must be a pattern.
  // eslint-disable-next-line no-empty-pattern
  startApp: async ({}, use) => {
    const dataDir = mkdtempSync(join(tmpdir(), 'memgen-e2e-'))
    const started: ServedApp[] = []
    await use(async () => {
      const app = await serveApp(dataDir)
      started.push(app)
      return app
    })
    await Promise.all(started.map((app) => app.end()))
    rmSync(dataDir, { recursive: true })
  },
})

export { expect } from '@playwright/test'
