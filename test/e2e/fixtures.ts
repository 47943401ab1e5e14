/** @file What every end-to-end test starts from: an empty data folder, the app served from it, and the model. Knows of the views only how to choose one. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test as base, type Page } from '@playwright/test'
import { serveApp, type ServedApp } from '../support/served-app.ts'

export interface AppFixtures {
  /** Empty at first, and removed after the test. */
  dataDir: string
  /** Whoever drives the app has seen the tour, unless a test says otherwise. @default true */
  hasSeenTour: boolean
  /** Starts the app on this test's data folder, again after a crash too; all are ended with the test. */
  startApp: () => Promise<ServedApp>
}

export const test = base.extend<AppFixtures>({
  // Playwright reads a fixture's needs from its first parameter, which must be a pattern.
  // eslint-disable-next-line no-empty-pattern
  dataDir: async ({}, use) => {
    const dataDir = mkdtempSync(join(tmpdir(), 'memgen-e2e-'))
    await use(dataDir)
    rmSync(dataDir, { recursive: true })
  },
  hasSeenTour: [true, { option: true }],
  page: async ({ page, hasSeenTour }, use) => {
    if (hasSeenTour) await page.addInitScript("localStorage.setItem('memgen.tour', 'yes')")
    await use(page)
  },
  startApp: async ({ dataDir }, use) => {
    const started: ServedApp[] = []
    await use(async () => {
      const app = await serveApp(dataDir)
      started.push(app)
      return app
    })
    await Promise.all(started.map((app) => app.end()))
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
