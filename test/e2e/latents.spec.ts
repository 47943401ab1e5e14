/** @file The latents of two runs looked at in a browser, a cluster left out, insertions counted, and the runs exported and imported by another workbench. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { experimentRequestSchema } from '../../src/shared/domain/evaluation.ts'
import { askServedApp, serveApp } from '../support/served-app.ts'
import { expect, test } from './fixtures.ts'

const SAMPLES = 12

/** Memory as the trigger decides, then everywhere, over the new domain; ends when both runs are finished. */
async function evaluateBoth(url: string): Promise<void> {
  await askServedApp(url, async (client) => {
    const model = (await client.models.list()).find(({ isBundled, name }) => isBundled && /demo/i.test(name))
    const { runs } = await client.evaluations.start(
      experimentRequestSchema.parse({
        name: 'What is inserted',
        models: [model?.id],
        tasks: [{ name: 'demo-new', source: { kind: 'bundled' }, limit: SAMPLES }],
        arms: [{ policy: { kind: 'trigger' } }, { policy: { kind: 'always' } }],
        config: { maxNewTokens: 64, recordTopK: 0, recordNearest: 0 },
      }),
    )
    const waiting = new Set(runs.map(({ id }) => id))
    for await (const event of await client.evaluations.events()) {
      if (event.kind === 'run' && ['finished', 'failed'].includes(event.run.status)) waiting.delete(event.run.id)
      if (waiting.size === 0) break
    }
  })
}

/** The Runs view with every run selected. */
async function selectRuns(page: Page, count: number): Promise<void> {
  await page.keyboard.press('Alt+7')
  const boxes = page.getByRole('checkbox', { name: /^Select (?!every)/ })
  await expect(boxes).toHaveCount(count)
  for (const box of await boxes.all()) await box.check()
  await expect(page.getByText(`${count} runs selected`)).toBeVisible()
}

test('runs become points and clusters, a cluster leads to its results and to a run without it', async ({ startApp, page }) => {
  const app = await startApp()
  await evaluateBoth(app.url)
  await page.goto(app.url)
  await expect(page.getByLabel('Message 2, user')).toBeVisible()
  await selectRuns(page, 2)
  await page.keyboard.press('L')
  await expect(page.getByRole('img', { name: /^[1-9]\d* points of 2 runs/ })).toBeVisible()

  // With Shift a drag goes around points; alone it moves the map, which picks none.
  const map = await page.getByRole('img', { name: /points of 2 runs/ }).boundingBox()
  if (map === null) throw new Error('The map is not on the page.')
  const around: [number, number][] = [[0.01, 0.01], [0.99, 0.01], [0.99, 0.99], [0.01, 0.99]]
  const drag = async (): Promise<void> => {
    for (const [index, [x, y]] of around.entries()) {
      await page.mouse.move(map.x + x * map.width, map.y + y * map.height)
      if (index === 0) await page.mouse.down()
    }
    await page.mouse.up()
  }
  await drag()
  await expect(page.getByText('Picked (0)')).toBeVisible()
  await page.keyboard.down('Shift')
  await drag()
  await page.keyboard.up('Shift')
  await expect(page.getByRole('listbox', { name: 'Results of the picked points' })).toBeVisible()
  await page.keyboard.press('X')
  await page.getByText('Clusters', { exact: true }).click()

  await page.getByRole('button', { name: 'Cluster', exact: true }).click()
  const clusters = page.getByRole('button', { name: /^Cluster \d+$/ })
  await expect(clusters).toHaveCount(4)
  for (const quality of ['Silhouette', 'Calinski-Harabasz', 'Davies-Bouldin', 'Stability']) await expect(page.getByText(quality, { exact: true })).toBeVisible()

  await clusters.first().click()
  const results = page.getByRole('listbox', { name: 'Results of the picked points' })
  await expect(results.getByRole('option').first()).toContainText(/right|wrong/)
  await page.keyboard.press('2')
  await expect(page.getByRole('status').filter({ hasText: ': compositional reasoning' })).toBeVisible()

  await page.getByText('Clusters', { exact: true }).click()
  await page.getByRole('button', { name: 'Leave out…' }).first().click()
  await expect(page.getByRole('heading', { name: 'New experiment' })).toBeVisible()
  await expect(page.getByText('Without cluster 1')).toBeVisible()

  await selectRuns(page, 2)
  await page.keyboard.press('T')
  await expect(page.getByRole('heading', { name: 'By delimiter' })).toBeVisible()
  await expect(page.getByRole('heading', { name: 'By probability' })).toBeVisible()
})

test('results leave as a table and runs as a bundle that another workbench takes in', async ({ startApp, page }) => {
  const app = await startApp()
  await evaluateBoth(app.url)
  await page.goto(app.url)
  await expect(page.getByLabel('Message 2, user')).toBeVisible()
  await selectRuns(page, 2)
  await page.keyboard.press('Shift+E')
  const panel = page.getByRole('group', { name: 'Export of the selected runs' })
  const written = panel.getByRole('status')
  await panel.getByRole('button', { name: 'Results as CSV' }).click()
  await expect(written).toContainText(`${2 * SAMPLES} rows`)
  const table = (await written.locator('code').textContent()) ?? ''
  expect(readFileSync(table, 'utf8').trimEnd().split('\n').length).toBeGreaterThan(2 * SAMPLES)
  await panel.getByRole('button', { name: 'Bundle for another workbench' }).click()
  await expect(written).toContainText('.memgen.zip')
  const bundle = (await written.locator('code').textContent()) ?? ''
  expect(existsSync(bundle)).toBe(true)

  const otherDir = mkdtempSync(join(tmpdir(), 'memgen-e2e-'))
  const other = await serveApp(otherDir)
  try {
    await page.goto(other.url)
    await expect(page.getByLabel('Message 2, user')).toBeVisible()
    await page.keyboard.press('Alt+7')
    await page.getByRole('button', { name: 'Import…' }).first().click()
    const dialog = page.getByRole('dialog', { name: 'Import runs' })
    await dialog.getByLabel('File').fill(bundle)
    await dialog.getByRole('button', { name: 'Import', exact: true }).click()
    await expect(dialog.getByText(`2 runs with ${2 * SAMPLES} new results`)).toBeVisible()
    await page.keyboard.press('Escape')
    await selectRuns(page, 2)
  } finally {
    await other.end()
    rmSync(otherDir, { recursive: true })
  }
})
