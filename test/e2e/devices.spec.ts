/** @file Where a model stands and where its time goes, in a real browser: placed at 8 bits, loaded and unloaded, profiled, and the profile walked by keyboard. */
import { expect, test } from './fixtures.ts'

test('a model is placed at 8 bits, loaded there and unloaded, and a trace says what computed it', async ({ startApp, page }) => {
  const app = await startApp()
  await page.goto(app.url)
  await page.getByRole('link', { name: 'Models' }).click()
  const placement = page.getByRole('region', { name: 'Placement' })
  const memory = placement.getByRole('region', { name: 'Memory' })
  await expect(memory.getByRole('row', { name: /^CPU f32 chosen/ })).toBeVisible()
  await expect(memory).toContainText('are available now')

  await placement.getByLabel('Precision').click()
  await page.getByText('q8', { exact: true }).last().click()
  await expect(memory.getByRole('row', { name: /^CPU q8 chosen/ })).toBeVisible()
  await page.keyboard.press('l')
  await expect(placement.getByText('In memory on CPU, q8')).toBeVisible()
  await page.keyboard.press('u')
  await expect(placement.getByText('Not in memory.')).toBeVisible()

  // The choice is the model's: the debugger loads it there again.
  await page.getByRole('link', { name: 'Debugger' }).click()
  await page.keyboard.press('F10')
  await expect(page.getByRole('contentinfo', { name: 'Status' })).toContainText('CPU, q8')
})

test('a profile is taken, zoomed by keyboard, saved and opened again', async ({ startApp, page }, testInfo) => {
  const app = await startApp()
  await page.goto(app.url)
  await page.keyboard.press('Alt+0')
  await expect(page.getByText('Where does the time of a generation go?')).toBeVisible()
  await page.getByLabel('New tokens').fill('4')
  await expect(page.getByRole('button', { name: 'Take a profile' })).toBeEnabled()
  await page.keyboard.press('Alt+Enter')
  const chart = page.getByRole('application', { name: 'Frames' })
  const trail = page.getByRole('navigation', { name: 'Zoomed to' })
  await expect(chart).toBeVisible({ timeout: 60_000 })
  await expect(page.getByRole('region', { name: 'Operators' }).getByRole('row', { name: /Gemm/ })).toBeVisible()

  await chart.focus()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await expect(trail.getByRole('button')).toHaveCount(2)
  await page.keyboard.press('Escape')
  await expect(trail.getByRole('button')).toHaveText(['generation'])

  const path = testInfo.outputPath('profile.json')
  const [saved] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('e')])
  await saved.saveAs(path)
  await page.reload()
  const [choice] = await Promise.all([page.waitForEvent('filechooser'), page.keyboard.press('o')])
  await choice.setFiles(path)
  await expect(chart).toBeVisible()
})
