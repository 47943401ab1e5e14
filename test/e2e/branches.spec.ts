/** @file Going back and forth in a trace, changing it, and its branches: on the demo model, whose runs are short. */
import type { Locator, Page } from '@playwright/test'
import { expect, test } from './fixtures.ts'

const stateLine = (page: Page): Locator => page.getByRole('toolbar', { name: 'Stepping' }).getByRole('status')
const here = (page: Page): Locator => page.getByRole('region', { name: 'Here' })
const tokens = (page: Page): Locator => page.getByRole('region', { name: 'Token stream' }).locator('[id^="token-step-"]')
const tree = (page: Page): Locator => page.getByRole('tree', { name: 'Branches of this run' }).getByRole('treeitem')

async function runToEnd(page: Page): Promise<void> {
  await page.keyboard.press('F5')
  await expect(stateLine(page)).toHaveText(/^Finished/)
}

async function openAndRun(page: Page, url: string): Promise<void> {
  await page.goto(url)
  await expect(page.getByLabel('Message 2, user')).toHaveValue(/^Start with 6/)
  await runToEnd(page)
}

test('goes back over what is recorded and forward again without a new sample, phase by phase', async ({ startApp, page }) => {
  const app = await startApp()
  await openAndRun(page, app.url)
  const texts = await tokens(page).allTextContents()
  await page.keyboard.press('Shift+Home')
  await expect(here(page)).toContainText(`Before step 0 · ${texts.length} recorded steps ahead`)
  await page.keyboard.press('F11')
  await expect(here(page)).toContainText(/decided: insert, p 0\.\d+/)
  await page.keyboard.press('F11')
  await expect(here(page)).toContainText(/hidden ‖[\d.]+‖ → 4 latents ‖[\d.]+‖/)
  await page.keyboard.press('F11')
  await expect(here(page)).toContainText('At step 0')
  await page.keyboard.press('Control+Shift+F11')
  await expect(here(page)).toContainText('At step 4')
  await page.keyboard.press('Shift+F10')
  await expect(here(page)).toContainText('At step 3')
  await page.keyboard.press('F5')
  await expect(here(page)).toContainText(`At step ${texts.length - 1}, the newest`)
  expect(await tokens(page).allTextContents()).toEqual(texts)
})

test('stops between the phases of a live step', async ({ startApp, page }) => {
  const app = await startApp()
  await page.goto(app.url)
  await expect(page.getByLabel('Message 2, user')).toHaveValue(/^Start with 6/)
  await page.keyboard.press('F11')
  await expect(here(page)).toContainText('decided: insert')
  await expect(stateLine(page)).toHaveText('Paused inside step 0')
  await page.keyboard.press('F10')
  await expect(tokens(page)).toHaveCount(1)
  await expect(stateLine(page)).toHaveText('Paused')
})

test('each change makes a branch: a decision, a typed token, a latent; the tree shows them and two stand side by side', async ({ startApp, page }) => {
  const app = await startApp()
  await openAndRun(page, app.url)
  const beginning = await tokens(page).allTextContents()
  const address = page.url()

  await tokens(page).nth(4).click()
  await page.keyboard.press('Shift+D')
  await expect(page).not.toHaveURL(address)
  await expect(tokens(page)).toHaveCount(5)
  await runToEnd(page)

  await tokens(page).nth(3).click()
  await page.keyboard.press('Shift+T')
  await page.getByLabel('Replacement text').fill(' plus 3')
  await expect(page.getByLabel('Tokens of the text')).toContainText('plus')
  await page.keyboard.press('ControlOrMeta+Shift+Enter')
  await expect(tokens(page)).toHaveCount(4)
  await runToEnd(page)
  expect((await tokens(page).allInnerTexts()).join('')).toContain('plus')

  await tokens(page).first().click()
  await page.keyboard.press('Shift+L')
  await page.getByText('Without single latents').click()
  await page.getByRole('checkbox').first().click()
  await expect(page.getByRole('region', { name: 'Change' })).toContainText('The 4 latents before step 0 lose latent 0')
  await page.keyboard.press('ControlOrMeta+Shift+Enter')
  await expect(tokens(page)).toHaveCount(1)
  await runToEnd(page)

  await page.keyboard.press('Alt+Shift+3')
  await expect(tree(page)).toHaveText([/^○Beginning/, /insertion declined/, /tokens “ plus 3”/, /without 1 latent \(0\).*open/s])
  await page.keyboard.press('Shift+C')
  const compare = page.getByRole('region', { name: 'Branches side by side' })
  await expect(compare).toContainText('Fork at step 0')
  await expect(compare.getByRole('region', { name: 'Right branch' })).toContainText('without 1 latent (0)')
  await compare.getByRole('button', { name: 'Close' }).click()

  await tree(page).first().dblclick()
  await expect(page).toHaveURL(address)
  await expect(tokens(page)).toHaveText(beginning)
})

test('a certificate is stamped on the trace, and tabs come back after a reload', async ({ startApp, page }) => {
  const app = await startApp()
  await openAndRun(page, app.url)
  await page.keyboard.press('Shift+V')
  const stamp = page.getByRole('button', { name: 'Replays exactly' })
  await stamp.click()
  await expect(page.getByText('none in ids and decisions')).toBeVisible()

  await page.keyboard.press('Alt+E')
  await page.keyboard.press('ControlOrMeta+Enter')
  await expect(stateLine(page)).toHaveText('Paused')
  const sessions = page.getByRole('navigation', { name: 'Sessions' })
  await expect(sessions.getByRole('button', { name: /^Close/ })).toHaveCount(2)
  await page.reload()
  await expect(sessions.getByRole('button', { name: /^Close/ })).toHaveCount(2)
  await page.keyboard.press('Alt+PageUp')
  await expect(stamp).toBeVisible()
  await page.keyboard.press('Alt+W')
  await expect(sessions.getByRole('button', { name: /^Close/ })).toHaveCount(1)
})

test('prompts are kept with a title and an answer, and shown as the model reads them', async ({ startApp, page }) => {
  const app = await startApp()
  await page.goto(app.url)
  await page.getByLabel('Message 2, user').fill('What is 2 plus 3?')
  await page.getByLabel('Reference answer').fill('5')
  await page.keyboard.press('Alt+L')
  await page.getByLabel('Title of the prompt to keep').fill('A sum')
  await page.getByRole('button', { name: 'Keep' }).click()
  await page.getByLabel('Message 2, user').fill('Another question')
  await page.getByLabel('Reference answer').fill('')
  await page.getByRole('list', { name: 'Kept prompts' }).getByRole('button', { name: 'A sum' }).first().click()
  await expect(page.getByLabel('Message 2, user')).toHaveValue('What is 2 plus 3?')
  await expect(page.getByLabel('Reference answer')).toHaveValue('5')
  await page.keyboard.press('Alt+R')
  await expect(page.getByLabel('Tokens of the rendered prompt')).toContainText('<|im_start|>')
})
