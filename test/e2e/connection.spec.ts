/** @file A page that loses its server for a moment or for good, in a real browser. */
import type { Page } from '@playwright/test'
import { expect, openOnSample, test } from './fixtures.ts'

const status = (page: Page) => page.getByRole('toolbar', { name: 'Stepping' }).getByRole('status')

/** Runs in the page, before it: keeps its sockets in reach, so that a test can cut them as a network does. */
const keepSockets = `{
  const sockets = []
  window.WebSocket = class extends WebSocket {
    constructor(url, protocols) {
      super(url, protocols)
      sockets.push(this)
    }
  }
  window.cutConnection = () => sockets.at(-1)?.close()
}`

async function startRun(page: Page, url: string, maxNewTokens: number): Promise<void> {
  await openOnSample(page, url)
  await page.getByLabel('Message 2, user').fill('1 2 3')
  await page.getByLabel('Max new tokens').fill(String(maxNewTokens))
  await page.getByLabel('Max new tokens').press('Tab')
  await page.keyboard.press('F5')
  await expect(status(page)).toHaveText('Running to the end…')
}

test('a connection cut during a run comes back and misses no step and doubles none', async ({ startApp, page }) => {
  const app = await startApp()
  await page.addInitScript(keepSockets)
  await startRun(page, app.url, 600)
  for (let time = 0; time < 3; time++) {
    await page.evaluate('cutConnection()')
    await expect(page.getByText('Connected')).toBeVisible()
  }
  await expect(status(page)).toHaveText('Finished: token limit')
  // The head counts what the page holds.
  await expect(page.getByText(/^600 tokens ·/)).toBeVisible()
})

test('a server that is gone is said across the page, and the trace is there when it is back', async ({ startApp, page }) => {
  const first = await startApp()
  await startRun(page, first.url, 20_000)
  await expect(page.locator('[id^="token-step-"]').first()).toBeVisible()
  await first.crash()
  // A question that was under way may say so too.
  await expect(page.getByRole('alert').filter({ hasText: 'The connection to the app’s server is lost.' })).toBeVisible()
  await expect(status(page)).toHaveText('Not connected')
  await expect(page.getByText('Engine out of reach')).toBeVisible()

  const second = await startApp()
  const address = new URL(page.url()).hash
  await page.goto(second.url)
  await page.goto(`${new URL(second.url).origin}/${address}`)
  await expect(status(page)).toContainText('Recorded')
  await expect(page.locator('[id^="token-step-"]').first()).toBeVisible()
})
