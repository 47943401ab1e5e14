/** @file A newcomer's first click: the app opens on the demo model, and latent memory turns a wrong answer into a right one. */
import type { Locator, Page } from '@playwright/test'
import { expect, test } from './fixtures.ts'

const stateLine = (page: Page): Locator => page.getByRole('toolbar', { name: 'Stepping' }).getByRole('status')
const stream = (page: Page): Locator => page.getByRole('region', { name: 'Token stream' })
const message = (page: Page): Locator => page.getByLabel('Message 2, user')
const example = (page: Page, name: string): Locator => page.getByRole('group', { name: 'Examples' }).getByRole('button', { name })

/** What was generated, without whitespace and the marks of it and of decisions. */
async function readAnswer(page: Page): Promise<string> {
  const texts = await stream(page).locator('[id^="token-step-"]').allInnerTexts()
  return texts.join('').replaceAll(/[^!-~]/g, '')
}

test('opens on the demo model and finishes an example of the new domain rightly with memory, wrongly without', async ({ startApp, page }) => {
  const app = await startApp()
  await page.goto(app.url)
  await expect(message(page)).toHaveValue('Start with 6, then mib, plus 2, tarn. What is the last digit?')
  await page.keyboard.press('F5')
  await expect(stateLine(page)).toHaveText(/^Finished/)
  expect(await readAnswer(page)).toContain('boxed{4}')
  // After the prompt and after each of three steps; the trigger declines before the answer.
  await expect(stream(page).getByRole('option', { name: 'Latent block' })).toHaveCount(4)

  await page.getByLabel('Memory policy').click()
  await page.getByText('Vanilla', { exact: true }).last().click()
  await page.keyboard.press('ControlOrMeta+Enter')
  await expect(stateLine(page)).toHaveText('Paused')
  await page.keyboard.press('F5')
  await expect(stateLine(page)).toHaveText(/^Finished/)
  await expect(stream(page).getByRole('option', { name: 'Latent block' })).toHaveCount(0)
  const answer = await readAnswer(page)
  expect(answer).toContain('boxed{')
  expect(answer).not.toContain('boxed{4}')
})

test('examples are chosen by keyboard, and a prompt of the user’s own comes back', async ({ startApp, page }) => {
  const app = await startApp()
  await page.goto(app.url)
  await message(page).fill('My own question')
  await example(page, 'Base: maps').focus()
  await page.keyboard.press('Enter')
  await expect(message(page)).toHaveValue(/^Ann has 7 maps/)
  await expect(example(page, 'Base: maps')).toHaveAttribute('aria-pressed', 'true')
  await page.getByRole('button', { name: 'Back to my prompt' }).click()
  await expect(message(page)).toHaveValue('My own question')
  await page.keyboard.press('Alt+E')
  await expect(message(page)).toHaveValue(/^Start with 6/)
})
