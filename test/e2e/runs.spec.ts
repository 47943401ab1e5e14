/** @file An experiment in a browser: written as a form and as YAML, watched, and its runs found, tagged, thrown away and restored, by keys. */
import type { Locator, Page } from '@playwright/test'
import { expect, test } from './fixtures.ts'

/** The demo's ablation set, with few enough samples to wait for. */
const GRID = `name: Memory on and off
models: [bundled-demo-qwen2]
tasks:
  - { name: demo-base, source: { kind: bundled }, limit: 4 }
  - { name: demo-new, source: { kind: bundled }, limit: 4 }
arms: [vanilla, always, trigger]
config: { maxNewTokens: 96, recordTopK: 0, recordNearest: 0 }
`

const rows = (page: Page): Locator => page.getByRole('grid').getByRole('row').filter({ has: page.getByRole('checkbox', { name: /^Select demo-/ }) })
const count = (page: Page): Locator => page.getByRole('toolbar', { name: 'Selected runs' }).getByRole('status')
const filter = (page: Page): Locator => page.getByRole('combobox', { name: 'Filter of the runs' })

async function startGrid(page: Page): Promise<void> {
  await page.keyboard.press('Alt+7')
  await expect(page.getByText('Does memory help, and how sure is that?')).toBeVisible()
  await page.reload()
  await expect(page.getByRole('button', { name: /ablation set/ })).toBeEnabled()
  await page.keyboard.press('Alt+X')
  await page.getByRole('tab', { name: 'YAML' }).click()
  const yaml = page.getByLabel('The experiment as YAML')
  await yaml.fill(GRID.replace('always', 'alwas'))
  await expect(page.getByText(/^line 6, column \d+: alwas/)).toBeVisible()
  await yaml.fill(GRID)
  await expect(page.getByLabel('Name of the experiment')).toHaveValue('Memory on and off')
  await page.getByRole('tab', { name: 'Runs' }).click()
  await expect(page.getByRole('tabpanel').getByRole('status')).toHaveText(/^6 runs, 24 completions/)
  await page.getByRole('tab', { name: 'First samples' }).click()
  await expect(page.getByRole('article').first()).toContainText('Taken for right')
  await page.keyboard.press('Alt+Enter')
}

test('an experiment runs to its end, and its runs are found, tagged, thrown away and restored', async ({ startApp, page }) => {
  const app = await startApp()
  await page.goto(app.url)
  await startGrid(page)
  await expect(rows(page)).toHaveCount(6)
  await expect(rows(page).filter({ hasText: 'Finished' })).toHaveCount(6, { timeout: 60_000 })

  // Found by an expression while it is typed, and by SQL.
  await page.keyboard.press('/')
  await filter(page).fill('task == "demo-new" && accuracy > 0.5')
  await expect(count(page)).toHaveText('2 of 6 runs')
  await filter(page).fill('acuracy > 0.5')
  await expect(page.getByText('There is no acuracy; did you mean accuracy?')).toBeVisible()
  await expect(rows(page)).toHaveCount(2)
  await page.getByText('SQL', { exact: true }).click()
  await page.getByLabel('SQL that selects run ids').fill("SELECT id FROM evaluation_run WHERE policy = 'vanilla'")
  await page.keyboard.press('Enter')
  await expect(count(page)).toHaveText('2 of 6 runs')
  await page.reload()
  await expect(page.getByLabel('SQL that selects run ids')).toHaveValue(/^SELECT/)
  await expect(count(page)).toHaveText('2 of 6 runs')
  await page.getByText('Filter', { exact: true }).click()

  // Tagged, starred and thrown away by keys.
  const grid = page.getByRole('grid')
  await grid.focus()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Shift+ArrowDown')
  await expect(count(page)).toHaveText('2 runs selected')
  await page.keyboard.press('#')
  await page.getByLabel('Tag to add or to find').fill('first look')
  await page.keyboard.press('Enter')
  await page.keyboard.press('Escape')
  await expect(rows(page).filter({ hasText: 'first look' })).toHaveCount(2)
  await grid.focus()
  await page.keyboard.press('s')
  await expect(rows(page).getByRole('button', { name: 'Take the star away' })).toHaveCount(2)
  await page.keyboard.press('Delete')
  await expect(rows(page)).toHaveCount(4)

  await page.getByRole('button', { name: 'Trash 2' }).click()
  await expect(rows(page)).toHaveCount(2)
  await grid.focus()
  await page.keyboard.press('Control+a')
  await page.keyboard.press('r')
  await expect(page.getByText('The trash is empty')).toBeVisible()
  await page.getByRole('button', { name: 'Trash 0' }).click()
  await expect(rows(page)).toHaveCount(6)

  // What was written on runs is there after the page is loaded again.
  await page.reload()
  await expect(rows(page).filter({ hasText: 'first look' })).toHaveCount(2)
})

test('runs are grouped, and two of them are taken to the comparison', async ({ startApp, page }) => {
  const app = await startApp()
  await page.goto(app.url)
  await startGrid(page)
  await expect(rows(page).filter({ hasText: 'Finished' })).toHaveCount(6, { timeout: 60_000 })
  // A key that means something below the palette does nothing while it is open.
  await page.keyboard.press('Control+k')
  await page.keyboard.press('Alt+X')
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog')).toBeHidden()
  await expect(page).toHaveURL(/#\/runs/)
  await page.getByLabel('Groups').click()
  await page.getByText('By task', { exact: true }).click()
  const heads = page.getByRole('rowheader')
  // The newest first, and those of one experiment in the order of the log: as they stand when the page is loaded again.
  await expect(heads).toHaveText([/^demo-new3 runsbest/, /^demo-base3 runsbest/])
  await page.reload()
  await expect(heads).toHaveText([/^demo-new3 runsbest/, /^demo-base3 runsbest/])
  await heads.first().click()
  await expect(rows(page)).toHaveCount(3)
  await page.getByRole('grid').focus()
  await page.keyboard.press('Control+a')
  await page.keyboard.press('c')
  await expect(page).toHaveURL(/#\/compare\?runs=[^&]+&baseline=/)
})
