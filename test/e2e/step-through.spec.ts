/** @file The first hour with the app, in a real browser: step through the random-weights sample, run, pause, restart, lose the engine, lose the app. */
import type { Locator, Page } from '@playwright/test'
import { expect, openOnSample, test } from './fixtures.ts'

const PROMPT = 'A farmer has 12 apples. He gives away 5. How many are left?'
/** From this prompt the sample's greedy run never meets its end-of-sequence token. */
const ENDLESS_PROMPT = '1 2 3'
/** Long enough that a run is still under way when the test pauses it or kills its engine. */
const LONG_RUN_TOKENS = 20_000

const button = (page: Page, name: string): Locator => page.getByRole('toolbar', { name: 'Stepping' }).getByRole('button', { name, exact: true })
const stateLine = (page: Page): Locator => page.getByRole('toolbar', { name: 'Stepping' }).getByRole('status')
const stream = (page: Page): Locator => page.getByRole('region', { name: 'Token stream' })
const tokens = (page: Page): Locator => stream(page).locator('[id^="token-step-"]')
const latentBlocks = (page: Page): Locator => stream(page).getByRole('option', { name: 'Latent block' })

/** The count in the stream's head: only rows in sight have elements. */
async function countTokens(page: Page): Promise<number> {
  const [count = ''] = (await stream(page).getByText(/^\S+ tokens? ·/).innerText()).split(' token')
  return Number(count.replaceAll(/\D/g, ''))
}

async function openDebugger(page: Page, url: string): Promise<void> {
  await openOnSample(page, url)
  await page.getByLabel('Message 2, user').fill(PROMPT)
}

async function prepareLongRun(page: Page): Promise<void> {
  await page.getByLabel('Message 2, user').fill(ENDLESS_PROMPT)
  await page.getByLabel('Max new tokens').fill(String(LONG_RUN_TOKENS))
  await page.getByLabel('Max new tokens').press('Tab')
}

test('steps through the sample token by token, to the next decision and to the end', async ({ startApp, page }) => {
  const app = await startApp()
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    // Chromium asks each site for an icon by itself; the page names none.
    if (message.type() === 'error' && !message.location().url.endsWith('/favicon.ico')) complaints.push(message.text())
  })
  await openDebugger(page, app.url)

  await button(page, 'Step').click()
  await expect(tokens(page)).toHaveCount(1)
  await expect(stateLine(page)).toHaveText('Paused')
  // The first step asks the trigger after the prompt, and the sample’s inserts there.
  await expect(latentBlocks(page)).toHaveCount(1)
  await page.keyboard.press('F10')
  await expect(tokens(page)).toHaveCount(2)

  await button(page, 'Next decision').click()
  await expect(stateLine(page)).toHaveText(/Paused|Finished/)
  await expect.poll(() => countTokens(page)).toBeGreaterThan(2)

  await button(page, 'Continue').click()
  await expect(stateLine(page)).toHaveText(/Finished/)
  await expect(button(page, 'Step')).toBeDisabled()

  await tokens(page).first().click()
  const inspector = page.getByRole('complementary', { name: 'Inspector' })
  await expect(inspector).toContainText('Token at step 0')
  await expect(inspector).toContainText('Entropy')
  await expect(inspector.getByRole('list', { name: 'Likeliest tokens' }).getByRole('listitem').first()).toBeVisible()
  expect(complaints).toEqual([])
})

test('pauses a run, goes on, and restarts with the same prompt', async ({ startApp, page }) => {
  const app = await startApp()
  await openDebugger(page, app.url)
  await prepareLongRun(page)
  await button(page, 'Continue').click()
  await expect(stateLine(page)).toHaveText('Running to the end…')
  await expect.poll(() => countTokens(page)).toBeGreaterThan(0)
  await button(page, 'Pause').click()
  await expect(stateLine(page)).toHaveText('Paused')
  const paused = await countTokens(page)
  await button(page, 'Step').click()
  await expect.poll(() => countTokens(page)).toBe(paused + 1)

  const first = page.url()
  await button(page, 'Restart').click()
  await expect(page).not.toHaveURL(first)
  await expect(stateLine(page)).toHaveText('Paused')
  await expect.poll(() => countTokens(page)).toBe(0)
})

test('past traces reopen as they were after the app was killed', async ({ startApp, page }) => {
  const first = await startApp()
  await openDebugger(page, first.url)
  await button(page, 'Step').click()
  await expect(tokens(page)).toHaveCount(1)
  await button(page, 'Step').click()
  await expect(tokens(page)).toHaveCount(2)
  const texts = await tokens(page).allTextContents()
  const address = new URL(page.url()).hash
  await first.crash()

  const second = await startApp()
  await page.goto(second.url)
  await page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: 'Traces' }).click()
  await page.getByRole('button', { name: 'Tokens' }).click()
  await expect(page.getByRole('columnheader', { name: 'Tokens' })).toHaveAttribute('aria-sort', 'descending')
  await page.getByRole('link', { name: PROMPT }).press('End')
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(new RegExp(`${address}$`))
  await expect(tokens(page)).toHaveText(texts)
  await expect(latentBlocks(page)).toHaveCount(1)
  await expect(stateLine(page)).toContainText('Recorded')
  // It had not finished: the next step takes it up again where it stood.
  await button(page, 'Step').click()
  await expect(tokens(page)).toHaveCount(3)
})

test('an engine killed in the middle of a run costs no logged step and is replaced', async ({ startApp, page }) => {
  const app = await startApp()
  await openDebugger(page, app.url)
  await prepareLongRun(page)
  await button(page, 'Continue').click()
  await expect.poll(() => countTokens(page)).toBeGreaterThan(5)
  process.kill(await app.enginePid(), 'SIGKILL')

  const banner = page.getByRole('alert').filter({ hasText: 'of this trace are in the log.' })
  await expect(banner).toContainText('A new engine is ready.')
  await expect(stateLine(page)).toContainText('Recorded')
  const kept = await countTokens(page)
  expect(kept).toBeGreaterThan(5)
  await page.reload()
  await expect.poll(() => countTokens(page)).toBe(kept)

  await button(page, 'Restart').click()
  await button(page, 'Step').click()
  await expect(tokens(page)).toHaveCount(1)
})
