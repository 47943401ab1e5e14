/** @file Training from the Train view, in a real browser: a tiny run from the form to its end, its name and the trash, a pause and a resumption, a crash, and settings that are refused. */
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Locator, Page } from '@playwright/test'
import { encodeEventFile } from '../../src/main/transfer/tensorboard-file.ts'
import { askServedApp } from '../support/served-app.ts'
import { expect, test } from './fixtures.ts'

const model = resolve(import.meta.dirname, '..', 'golden', 'qwen2', 'base')
const stateLine = (page: Page): Locator => page.getByRole('status', { name: 'State of the run' })
const button = (page: Page, name: string): Locator => page.getByRole('region', { name: 'Training run', exact: true }).getByRole('button', { name, exact: false })

/** A dozen sums, and a line that is none. */
function writeSums(folder: string): string {
  const rows = Array.from({ length: 12 }, (_, index) => JSON.stringify({ prompt: `${index} + 1 =`, completion: `\\boxed{${index + 1}}` }))
  const path = join(folder, 'sums.jsonl')
  writeFileSync(path, [...rows, '{"prompt": "cut'].join('\n'))
  return path
}

async function fillForm(page: Page, url: string, trainFile: string, steps: number): Promise<void> {
  await page.goto(url)
  await page.getByRole('link', { name: 'Train' }).click()
  await expect(page.getByText('Nothing was trained yet')).toBeVisible()
  await page.keyboard.press('Alt+n')
  await page.getByLabel('Model', { exact: true }).fill(model)
  await page.getByLabel('Data file').fill(trainFile)
  await page.getByLabel('Steps').fill(String(steps))
  await page.getByLabel('Name').fill('sums')
}

test('a run is checked, started from the form and watched to its end', async ({ startApp, page }, testInfo) => {
  const app = await startApp()
  await fillForm(page, app.url, writeSums(testInfo.outputPath()), 6)
  await page.getByLabel('YAML').fill('model: {weaver: {prompt_latents_len: 2, inference_latents_len: 2}}\nrun: {weaver: {sft: {sample_steps: 3, sample_max_new_tokens: 8}}}')
  await button(page, 'Check').click()
  await expect(page.getByRole('region', { name: 'Trainable parameters' })).toContainText('prompt_query_latents')

  await page.keyboard.press('Alt+Enter')
  await expect(stateLine(page)).toContainText('step 6 of 6')
  await expect(stateLine(page)).toContainText('Finished')
  await expect(page.getByRole('img', { name: /^Curves over 6 steps.*Loss training \d/ })).toBeVisible()
  await page.getByText('Completions', { exact: true }).click()
  await expect(page.getByText('step 6', { exact: true })).toBeVisible()
  await page.getByText('Data and checkpoints').click()
  await expect(page.getByRole('region', { name: 'Data', exact: true })).toContainText('line 13')
  await expect(page.getByRole('region', { name: 'Checkpoints' })).toContainText('step 6')
  await button(page, 'Add to models').first().click()
  await expect(page.getByRole('heading', { name: 'sums, step 6' })).toBeVisible()

  await page.getByRole('link', { name: 'Train' }).click()
  const list = page.getByRole('region', { name: 'Training runs' })
  await button(page, 'Rename').click()
  await page.getByRole('textbox', { name: 'Name' }).fill('the good one')
  await page.keyboard.press('Enter')
  await expect(list.getByText('the good one')).toBeVisible()
  await button(page, 'Trash').click()
  await expect(list.getByText('the good one')).toBeHidden()
  await page.reload()
  await list.getByRole('button', { name: 'Trash 1' }).click()
  await expect(list.getByText('the good one')).toBeVisible()
  await button(page, 'Restore').click()
  await expect(list.getByText('the good one')).toBeHidden()
  await list.getByRole('button', { name: 'Trash 0' }).click()
  await expect(page.getByRole('heading', { name: 'the good one' })).toBeVisible()
})

test('imported curves lie beside a run, also after a reload, until they are thrown away', async ({ startApp, page }, testInfo) => {
  const app = await startApp()
  await fillForm(page, app.url, writeSums(testInfo.outputPath()), 6)
  await page.keyboard.press('Alt+Enter')
  await expect(stateLine(page)).toContainText('Finished')
  const field = page.getByLabel('Beside it')
  await field.click()
  await expect(page.getByText('No curves are imported.')).toBeVisible()
  await page.keyboard.press('Escape')

  const path = testInfo.outputPath('events.out.tfevents.1')
  const scalars = ['train/loss', 'train/epoch'].flatMap((tag) => [1, 2].map((step) => ({ tag, step, value: 4 / step, wallTime: step })))
  writeFileSync(path, encodeEventFile(scalars, 0))
  await askServedApp(app.url, (client) => client.transfer.import({ path, kind: null, name: 'a baseline' }))
  await field.click()
  await page.getByText('a baseline').click()
  const curves = page.getByRole('img', { name: 'beside it, a baseline: training 2' })
  await expect(curves).toBeVisible()
  await page.getByText('1 tag not shown').click()
  await expect(page.getByRole('list', { name: 'Tags that no panel shows' })).toHaveText('train/epoch')

  await page.reload()
  await expect(curves).toBeVisible()
  await button(page, 'Put the curves beside the run into the trash').click()
  await expect(page.getByText('a baseline is in the trash')).toBeVisible()
  await expect(curves).toBeHidden()
})

test('a run is paused, and goes on where it was, also after a reload', async ({ startApp, page }, testInfo) => {
  const app = await startApp()
  // Too many steps to be done before the pause.
  await fillForm(page, app.url, writeSums(testInfo.outputPath()), 5_000)
  await page.keyboard.press('Alt+Enter')
  await expect(stateLine(page)).toContainText(/step [1-9]\d* of 5000/)
  await button(page, 'Pause').click()
  await expect(stateLine(page)).toContainText('Paused')
  await page.reload()
  await expect(stateLine(page)).toContainText('Paused')
  await button(page, 'Resume').click()
  await expect(stateLine(page)).toContainText('Running')
  await button(page, 'Stop').click()
  await expect(stateLine(page)).toContainText('Stopped')
})

test('a run that the app ended under is interrupted, and is resumed by the next app', async ({ startApp, page }, testInfo) => {
  const first = await startApp()
  await fillForm(page, first.url, writeSums(testInfo.outputPath()), 5_000)
  await page.keyboard.press('Alt+Enter')
  await expect(stateLine(page)).toContainText(/step [1-9]\d* of 5000/)
  const address = new URL(page.url()).hash
  await first.crash()

  const second = await startApp()
  await page.goto(second.url)
  await page.goto(`${new URL(second.url).origin}/${address}`)
  await expect(stateLine(page)).toContainText('Interrupted')
  await button(page, 'Resume').click()
  await expect(stateLine(page)).toContainText('Running')
  await button(page, 'Stop').click()
  await expect(stateLine(page)).toContainText('Stopped')
})

test('a key that does not exist is refused with the nearest one, and nothing is started', async ({ startApp, page }, testInfo) => {
  const app = await startApp()
  await fillForm(page, app.url, writeSums(testInfo.outputPath()), 6)
  await page.getByLabel('YAML').fill('datasets: {mode: sft}')
  await page.keyboard.press('Alt+Enter')
  await expect(page.getByRole('alert')).toContainText('the nearest is dataset.mode')
  await page.getByRole('link', { name: 'Train' }).click()
  await expect(page.getByText('Nothing was trained yet')).toBeVisible()
})
