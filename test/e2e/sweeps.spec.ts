/** @file Sweeps and the audit of delimiter gates in a browser, by keys, over the demo model. */
import { readFileSync } from 'node:fs'
import type { Locator, Page } from '@playwright/test'
import { expect, test } from './fixtures.ts'

const state = (page: Page): Locator => page.getByRole('status', { name: 'State of the sweep' })
const outcomes = (page: Page): Locator => page.getByRole('region', { name: 'Outcomes' }).getByRole('option')
const debuggerState = (page: Page): Locator => page.getByRole('toolbar', { name: 'Stepping' }).getByRole('status')

async function startSweep(page: Page): Promise<void> {
  await expect(page.getByLabel('Message 2, user')).toHaveValue(/^Start with 6/)
  await page.keyboard.press('Alt+5')
  await expect(page.getByText('Where does memory help?')).toBeVisible()
  await page.keyboard.press('Alt+Shift+N')
  await page.getByLabel('Reference answer').fill('4')
  await page.keyboard.press('Alt+C')
  await expect(page.getByRole('status', { name: 'Size of the sweep' })).toHaveText(/^\d candidates: every subset, \d+ generations. About \d+ s\.$/)
  await page.keyboard.press('Alt+S')
}

test('a sweep tells which candidates help, and an outcome opens in the debugger as it was', async ({ startApp, page }) => {
  const app = await startApp()
  await page.goto(app.url)
  await startSweep(page)
  await expect(state(page)).toHaveText(/Finished.*?(\d+) of \1 subsets/)
  const effects = page.getByRole('complementary', { name: 'What the outcomes say' })
  // A bar a candidate; memory at the first step of this problem is what the demo model was trained to use.
  await expect(effects.getByRole('img', { name: /^candidate 1: helps [1-9]\d*, harms \d+, changes nothing \d+ of \d+ pairs; mean \+0\.\d\d$/ })).toBeVisible()

  // Only right answers, the most memory first.
  await page.getByText('Right', { exact: true }).click()
  await expect(outcomes(page).filter({ hasText: '✗ wrong' })).toHaveCount(0)
  await page.getByRole('button', { name: 'Inserted' }).click()
  await page.getByRole('listbox').focus()
  await page.keyboard.press('Home')
  await expect(outcomes(page).first()).toHaveAttribute('aria-selected', 'true')
  await expect(page.getByRole('region', { name: 'Chosen outcome' })).toContainText('\\boxed{4}')
  await page.keyboard.press('Enter')
  await expect(debuggerState(page)).toHaveText('Paused')
  await page.keyboard.press('F5')
  await expect(debuggerState(page)).toHaveText(/^Finished/)
  const texts = await page.getByRole('region', { name: 'Token stream' }).locator('[id^="token-step-"]').allInnerTexts()
  expect(texts.join('').replaceAll(/[^!-~]/g, '')).toContain('boxed{4}')
})

test('a sweep that was stopped by a crash goes on from its log', async ({ startApp, page }) => {
  const first = await startApp()
  await page.goto(first.url)
  await startSweep(page)
  await expect(state(page)).toHaveText(/[1-9]\d* of \d+ subsets/)
  await first.crash()
  const second = await startApp()
  await page.goto(second.url)
  await page.keyboard.press('Alt+5')
  await expect(state(page)).toHaveText(/^(Paused|Finished)/)
  if ((await state(page).innerText()).startsWith('Paused')) await page.keyboard.press('Alt+Shift+R')
  await expect(state(page)).toHaveText(/Finished.*?(\d+) of \1 subsets/)
})

test('the audit counts what each gate sees, opens a trace at the position, and writes a file', async ({ startApp, page }) => {
  const app = await startApp()
  await page.goto(app.url)
  await expect(page.getByLabel('Message 2, user')).toHaveValue(/^Start with 6/)
  await page.keyboard.press('F5')
  await expect(debuggerState(page)).toHaveText(/^Finished/)
  await page.keyboard.press('Alt+6')
  await expect(page.getByText('Two gates, not always the same candidates')).toBeVisible()
  await page.keyboard.press('Alt+A')
  await expect(page.getByText('Both gates agree everywhere')).toBeVisible()
  await page.getByText('Every candidate of either gate').click()
  const rows = page.getByRole('region', { name: 'Positions' }).getByRole('option')
  await expect(rows.first()).toContainText('● candidate')
  const count = await rows.count()
  const downloading = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Export CSV' }).click()
  const csv = readFileSync(await (await downloading).path(), 'utf8')
  expect(csv.split('\r\n')).toHaveLength(count + 2)

  await page.getByRole('listbox').focus()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { name: /^Token at step [1-9]/ })).toBeVisible()
})
