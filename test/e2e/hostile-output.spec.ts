/** @file What a model writes is shown as text and breaks nothing, whatever it is. The trace is recorded beforehand, as a hostile model would have made it. */
import { join } from 'node:path'
import { openLog } from '../../src/main/log/index.ts'
import { LOG_FILE_NAME } from '../../src/main/server/index.ts'
import type { TraceId } from '../../src/shared/domain/identifiers.ts'
import { newTrace, plainInsertion, plainStep } from '../support/recorded-trace.ts'
import { expect, test } from './fixtures.ts'

const MEGABYTE = 'x'.repeat(1024 * 1024)
const hostileTexts = ['<img src=x onerror="document.title=1">', '</span><script>document.title=2</script>', '\u001b[2J\u001b[31mred', '\u202egnp.exe\u2066', '\u0000\ufeff\ud800', MEGABYTE, '{{constructor.constructor("document.title=3")()}}', '🏳️‍🌈e\u0301\u0301\u0301']

test('HTML, terminal codes, bidi controls and a megabyte without a space stay text', async ({ startApp, dataDir, page }) => {
  const log = await openLog(join(dataDir, LOG_FILE_NAME))
  const id = 'hostile' as TraceId
  await log.createTrace(newTrace('hostile', { modelName: '<b>bold</b>', prompt: { kind: 'text', text: hostileTexts.join('\n') } }))
  const { step: first, weave } = plainInsertion(0)
  const topK = hostileTexts.map((text, rank) => ({ tokenId: rank, text, logprob: -1 - rank }))
  await log.commitSteps(id, [{ step: { ...first, topK }, weave: { ...weave, nearest: weave.nearest.map(() => hostileTexts.map((text, tokenId) => ({ tokenId, text, cosine: 0.5 }))) } }])
  for (const [index, text] of hostileTexts.entries()) await log.commitSteps(id, [{ step: plainStep(index + 1, { text, topK, gateReason: text.slice(0, 100) }), weave: null }])
  await log.finishTrace(id, 'eos', hostileTexts[0] ?? null)
  await log.close()

  const failures: string[] = []
  page.on('pageerror', (error) => failures.push(error.message))
  page.on('dialog', (dialog) => {
    failures.push(dialog.message())
    void dialog.dismiss()
  })
  const app = await startApp()
  await page.goto(app.url)
  const title = await page.title()
  await page.evaluate(`location.hash = '#/traces/${id}'`)
  const stream = page.getByRole('region', { name: 'Token stream' })
  await expect(stream.locator('#token-step-1')).toContainText('<img')
  for (const index of hostileTexts.keys()) {
    await stream.locator(`#token-step-${index + 1}`).click()
    await expect(page.getByRole('complementary', { name: 'Inspector' })).toContainText(`step ${index + 1}`)
  }
  await stream.locator('#token-step-0').click()
  await page.evaluate("location.hash = '#/traces'")
  await expect(page.getByRole('listitem').or(page.getByRole('row')).first()).toBeVisible()

  expect(await page.title()).toBe(title)
  expect(await page.locator('img[src="x"]').count()).toBe(0)
  expect(failures).toEqual([])
  const isWide = await page.evaluate('document.documentElement.scrollWidth > window.innerWidth')
  expect(isWide).toBe(false)
})
