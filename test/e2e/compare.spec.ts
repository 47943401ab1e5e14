/** @file Runs of the demo model compared in a browser, by keys: the summary, a cell's samples, two texts, the debugger, and verdicts by hand. */
import type { Locator, Page } from '@playwright/test'
import { experimentRequestSchema, type EvaluationRun } from '../../src/shared/domain/evaluation.ts'
import { askServedApp } from '../support/served-app.ts'
import { expect, test } from './fixtures.ts'

const SAMPLES = 12

/** Vanilla, then the trained trigger, over the new domain; ends when both runs are finished. */
async function evaluateBoth(url: string): Promise<EvaluationRun[]> {
  return askServedApp(url, async (client) => {
    const model = (await client.models.list()).find(({ isBundled, name }) => isBundled && /demo/i.test(name))
    const { runs } = await client.evaluations.start(
      experimentRequestSchema.parse({
        name: 'Memory or not',
        models: [model?.id],
        tasks: [{ name: 'demo-new', source: { kind: 'bundled' }, limit: SAMPLES }],
        arms: [{ policy: { kind: 'vanilla' } }, { policy: { kind: 'trigger' } }],
        config: { maxNewTokens: 64, recordTopK: 0, recordNearest: 0 },
      }),
    )
    const waiting = new Set(runs.map(({ id }) => id))
    for await (const event of await client.evaluations.events()) {
      if (event.kind === 'run' && ['finished', 'failed'].includes(event.run.status)) waiting.delete(event.run.id)
      if (waiting.size === 0) break
    }
    return Promise.all(runs.map(({ id }) => client.evaluations.run({ runId: id })))
  })
}

async function open(page: Page, url: string, hash: string): Promise<void> {
  await page.goto(url)
  await expect(page.getByLabel('Message 2, user')).toBeVisible()
  await page.evaluate(`location.hash = ${JSON.stringify(hash)}`)
}

/** Runs in the page: what a copy of the chosen result's question would hold. */
const copiedQuestion = `{
  const block = document.querySelector('[aria-label="Chosen result"] .block')
  document.getSelection().selectAllChildren(block)
  const clipboardData = new DataTransfer()
  block.dispatchEvent(new ClipboardEvent('copy', { clipboardData, bubbles: true, cancelable: true }))
  document.getSelection().removeAllRanges()
  clipboardData.getData('text/plain')
}`

const samples = (page: Page): Locator => page.getByRole('region', { name: 'Samples' }).getByRole('option')

test('a comparison tells what differs and how sure that is; a cell lists its samples; a text opens in the debugger where the two part', async ({ startApp, page }) => {
  const app = await startApp()
  const [vanilla, trigger] = await evaluateBoth(app.url)
  await open(page, app.url, `#/compare?runs=${vanilla?.id},${trigger?.id}`)
  await expect(page.getByText('Like with like')).toBeVisible()
  const differences = page.getByRole('region', { name: 'Differences of the configs' })
  await expect(differences.getByRole('row')).toHaveCount(2)
  await expect(differences.getByRole('row').last()).toContainText('plan.config.policy.kind')
  // The demo's memory solves what the reasoner alone cannot.
  await expect(page.getByRole('img', { name: /^\+\d+\.\d points, 95 % interval \+\d.*, zero outside$/ })).toBeVisible()
  await expect(page.getByText(/^p = (0\.0\d*[1-9]|\de-\d+), by Holm/)).toBeVisible()

  const helped = page.getByRole('button', { name: /^Helped, / })
  const count = Number(/: (\d+) samples/.exec((await helped.getAttribute('aria-label')) ?? '')?.[1])
  expect(count).toBeGreaterThan(SAMPLES / 2)
  await page.getByRole('button', { name: /^Both right, / }).focus()
  await page.keyboard.press('ArrowDown')
  await expect(helped).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(samples(page)).toHaveCount(count)
  await expect(page).toHaveURL(/cell=helped/)

  await page.keyboard.press('J')
  await expect(samples(page).nth(1)).toHaveAttribute('aria-selected', 'true')
  const other = page.getByRole('region', { name: 'Other run' })
  await expect(other).toContainText(/right/)
  await expect(page.getByRole('region', { name: 'Baseline' })).toContainText(/wrong/)
  await expect(other.getByRole('button', { name: /differs/ }).first()).toBeVisible()
  await page.keyboard.press('O')
  await expect(page.getByRole('region', { name: 'Token stream' })).toBeVisible()
  await expect(page.getByRole('heading', { name: /^Token at step \d+/ })).toBeVisible()

  // Going back finds the same samples, and each leads to its result under either run.
  await page.keyboard.press('Alt+8')
  await expect(samples(page)).toHaveCount(count)
  const sampleId = (await samples(page).nth(1).locator('.id').textContent()) ?? ''
  for (const [key, run] of [['R', trigger], ['Shift+R', vanilla]] as const) {
    await samples(page).nth(1).click()
    await expect(other).toContainText(/right/)
    await page.keyboard.press(key)
    await expect(page).toHaveURL(new RegExp(`runs/${run?.id}`))
    await expect(page.getByRole('region', { name: 'Results' }).getByRole('option', { selected: true })).toContainText(sampleId)
    await page.keyboard.press('Alt+8')
  }
})

test('verdicts by hand are given by keys, counted where they dispute the rule, and overrule it in a comparison', async ({ startApp, page }) => {
  const app = await startApp()
  const [vanilla, trigger] = await evaluateBoth(app.url)
  await open(page, app.url, `#/runs/${trigger?.id}`)
  const results = page.getByRole('region', { name: 'Results' })
  await expect(results.getByRole('option')).toHaveCount(SAMPLES)
  const detail = page.getByRole('region', { name: 'Chosen result' })
  // What is shown with its white space as symbols is copied without them.
  await expect(detail.locator('.block').first()).toContainText('·')
  expect(await page.evaluate(copiedQuestion)).toMatch(/^[^·]+ [^·]+$/)
  await expect(detail).toContainText('latents')
  const isRight = await detail.getByText('reward 1').isVisible()
  await page.keyboard.press(isRight ? 'W' : 'R')
  await page.keyboard.press('5')
  await expect(detail).toContainText('disputed')
  await expect(detail.getByRole('button', { name: 'answer formatting' })).toHaveAttribute('aria-pressed', 'true')
  await expect(results.getByRole('button', { name: 'Disputed 1' })).toBeVisible()
  await expect(results.getByRole('button', { name: `Unaudited ${SAMPLES - 1}` })).toBeVisible()

  const cell = (name: string): Locator => page.getByRole('button', { name: new RegExp(`^${name}, `) })
  await open(page, app.url, `#/compare?runs=${vanilla?.id},${trigger?.id}`)
  const before = await cell('Helped').getAttribute('aria-label')
  await page.keyboard.press('H')
  await expect(cell('Helped')).not.toHaveAttribute('aria-label', before ?? '')
  await expect(page).toHaveURL(/human=1/)

  await page.goto(app.url)
  await open(page, app.url, `#/runs/${trigger?.id}`)
  await expect(results.getByRole('button', { name: 'Disputed 1' })).toBeVisible()
  await page.keyboard.press('U')
  await expect(results.getByRole('button', { name: 'Disputed 0' })).toBeVisible()
})
