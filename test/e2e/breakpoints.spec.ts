/** @file Breakpoints, logpoints and watches in the real page: what stops a run, what is recorded, what is kept. */
import type { Locator, Page } from '@playwright/test'
import { expect, test } from './fixtures.ts'

const stateLine = (page: Page): Locator => page.getByRole('toolbar', { name: 'Stepping' }).getByRole('status')
const panel = (page: Page): Locator => page.getByRole('region', { name: 'Breakpoints', exact: true })
const rows = (page: Page): Locator => panel(page).getByRole('listitem')
const watches = (page: Page): Locator => page.getByRole('region', { name: 'Watches', exact: true })

async function openDock(page: Page, url: string, tab: RegExp): Promise<void> {
  await page.goto(url)
  await expect(page.getByLabel('Message 2, user')).toHaveValue(/^Start with 6/)
  await page.getByRole('tab', { name: tab }).click()
}

async function chooseKind(page: Page, kind: string): Promise<void> {
  await panel(page).getByRole('form').locator('.n-base-selection').first().click()
  await page.getByText(kind, { exact: true }).last().click()
}

test('an example breakpoint stops the run at every insertion, counts its hits and is there after a reload', async ({ startApp, page }) => {
  const app = await startApp()
  await openDock(page, app.url, /^Breakpoints/)
  await panel(page).getByRole('button', { name: /^Every insertion/ }).click()
  await page.keyboard.press('F5')
  await expect(stateLine(page)).toHaveText(/breakpoint/)
  await expect(rows(page)).toHaveText(/Stopped here · 1 hit/)
  await page.keyboard.press('F5')
  await expect(rows(page)).toHaveText(/Stopped here · 2 hits/)
  await page.reload()
  await page.getByRole('tab', { name: /^Breakpoints/ }).click()
  await expect(rows(page)).toHaveText(/Insertion/)
})

test('an expression is completed and checked as it is typed, and stops only where it holds', async ({ startApp, page }) => {
  const app = await startApp()
  await openDock(page, app.url, /^Breakpoints/)
  await panel(page).getByRole('button', { name: 'Add', exact: true }).click()
  await chooseKind(page, 'Expression')
  const field = panel(page).getByRole('combobox', { name: 'Expression' })
  await field.fill('pInvok > 0.7')
  await expect(panel(page).getByText('There is no pInvok; did you mean pInvoke?')).toBeVisible()
  await field.fill('')
  await field.pressSequentially('aug')
  await page.keyboard.press('Enter')
  await page.keyboard.type(' == 2 && inserted')
  await page.keyboard.press('Enter')
  await expect(rows(page)).toHaveText(/augmentationCount == 2 && inserted/)
  await page.keyboard.press('F5')
  await expect(rows(page)).toHaveText(/Stopped here · 1 hit/)
  await page.keyboard.press('F5')
  await expect(stateLine(page)).toHaveText(/^Finished/)
})

test('a token breakpoint that stops once is disabled by its stop', async ({ startApp, page }) => {
  const app = await startApp()
  await openDock(page, app.url, /^Breakpoints/)
  await panel(page).getByRole('button', { name: 'Add', exact: true }).click()
  await chooseKind(page, 'Token')
  await panel(page).getByLabel('Text of the token').fill('\\n')
  await expect(panel(page).getByText(/^Token \d+/)).toBeVisible()
  await panel(page).getByText('Stop once, then disable').click()
  await panel(page).getByRole('button', { name: 'Add', exact: true }).last().click()
  await page.keyboard.press('F5')
  await expect(rows(page)).toHaveText(/Token "\\n" \(\d+\).*Stopped here · disabled/)
  await page.keyboard.press('F5')
  await expect(stateLine(page)).toHaveText(/^Finished/)
})

test('the run stops where memory changes the token: the twin runs alongside by itself', async ({ startApp, page }) => {
  const app = await startApp()
  await openDock(page, app.url, /^Breakpoints/)
  await panel(page).getByRole('button', { name: /^Memory changes the token/ }).click()
  await page.keyboard.press('F5')
  await expect(rows(page)).toHaveText(/Stopped here · 1 hit/)
})

test('a logpoint fills a column also for steps that are there already, and it is copied as CSV', async ({ startApp, page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  const app = await startApp()
  await openDock(page, app.url, /^Breakpoints/)
  await page.keyboard.press('F5')
  await expect(stateLine(page)).toHaveText(/^Finished/)
  await panel(page).getByRole('button', { name: 'Add', exact: true }).click()
  await panel(page).getByText('Record a value, do not stop').click()
  await panel(page).getByRole('combobox', { name: 'Value to record' }).fill('augmentationCount')
  await page.keyboard.press('Enter')
  await expect(rows(page)).toHaveText(/Insertion.*records augmentationCount.*4 hits/)
  await page.getByRole('tab', { name: /^Watches/ }).click()
  await watches(page).getByRole('button', { name: 'Copy CSV' }).click()
  await expect(watches(page).getByText('Copied 4 rows')).toBeVisible()
  expect(await page.evaluate<string>('navigator.clipboard.readText()')).toMatch(/^step,token,"augmentationCount"\r\n0,"""6""",0\r\n/)
})

test('watches show values at the current step, say why there is none, and are kept', async ({ startApp, page }) => {
  const app = await startApp()
  await openDock(page, app.url, /^Watches/)
  for (const source of ['index', 'rank(" no such token")', 'kl', 'tokn']) {
    await watches(page).getByRole('combobox').fill(source)
    await page.keyboard.press('Enter')
  }
  await expect(watches(page).getByText('There is no tokn; did you mean token?')).toBeVisible()
  for (let step = 0; step < 3; step += 1) {
    await page.keyboard.press('F10')
    await expect(watches(page).getByText(`At step ${step}`)).toBeVisible()
  }
  const list = watches(page).getByRole('list', { name: 'Watches' })
  await expect(list.getByRole('listitem').nth(0)).toHaveText(/index0 to 2 over 3 steps2$/)
  await expect(list.getByRole('listitem').nth(1)).toHaveText(/not in the top 10/)
  await expect(list.getByRole('listitem').nth(2)).toHaveText(/no twin ran here/)
  await page.keyboard.press('Shift+F10')
  await expect(list.getByRole('listitem').nth(0)).toHaveText(/index0 to 1 over 2 steps1$/)
  await page.reload()
  await page.getByRole('tab', { name: /^Watches/ }).click()
  await expect(list.getByRole('listitem')).toHaveCount(3)
})
