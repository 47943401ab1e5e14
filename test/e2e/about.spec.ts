/** @file What the app is and where its log lies: said in the app, in the same words as on disk. */
import { join } from 'node:path'
import { expect, test } from './fixtures.ts'

test('About tells the version, the libraries and the log’s file, by keys alone', async ({ startApp, page, dataDir }) => {
  const app = await startApp()
  await page.goto(app.url)
  await page.keyboard.press('ControlOrMeta+k')
  await page.keyboard.type('about')
  await page.keyboard.press('Enter')
  const about = page.getByRole('dialog', { name: 'About MemGen Workbench' })
  await expect(about).toContainText(join(dataDir, 'memgen.sqlite'))
  await expect(about).toContainText(/Version\s*\d+\.\d+\.\d+/)
  await expect(about).toContainText(/onnxruntime-node\s*\d/)
  await page.keyboard.press('Escape')
  await expect(about).toHaveCount(0)
})
