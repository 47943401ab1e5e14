/** @file What every end-to-end test starts from: an empty data folder, the app served from it, and the model. Knows of the views only how to choose one. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test as base, type Page } from '@playwright/test'
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

/** The random-weights sample, for tests of mechanics: its run is long, and what it writes does not change with the demo model. */
export async function openOnSample(page: Page, url: string): Promise<void> {
  await page.goto(url)
  await page.getByRole('complementary', { name: 'Prompt and settings' }).getByLabel('Model', { exact: true }).click()
  await page.getByText('Random-weights sample', { exact: false }).last().click()
  await expect(page.getByText('random weights sample:')).toBeVisible()
}

export { expect }
