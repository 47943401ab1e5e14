/**
 * @file `npm run bench:start`: how long from `npm start` on a built tree to the bundled demo model's first token, and where the
 * time goes. It drives the app as a user with a browser would, and knows nothing of what a step computes.
 *
 * Chromium is started before the clock, as the user's browser is; how long it takes is printed beside the parts.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { chromium, type Browser } from '@playwright/test'
import { findChromium } from '../test/support/chromium.ts'

const { values: options } = parseArgs({ options: { json: { type: 'boolean', default: false }, repeats: { type: 'string', default: '5' } } })
const repeats = Number(options.repeats)
const rootDir = resolve(import.meta.dirname, '..')
/** The bundled model is to be stepped within 3 s of `npm start` on a built tree. */
const AIM_MS = 3000

/** Milliseconds, in the order in which they pass. */
interface StartParts {
  /** `npm start` until the address is printed: npm, launcher, server. */
  serve: number
  /** Until the page can be stepped: documents, scripts, connection, library. */
  page: number
  /** F10 until the first token is drawn: engine and model, where they are not ready yet, prompt, one step. */
  firstStep: number
}

const browserStarted = performance.now()
const browser = await chromium.launch({
  executablePath: findChromium(process.env),
  // Containers run as root without a GPU.
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
})
const browserMs = performance.now() - browserStarted
const measured: StartParts[] = []
for (let repeat = 0; repeat < repeats; repeat++) measured.push(await measureStart(browser))
await browser.close()

const parts: StartParts = { serve: median('serve'), page: median('page'), firstStep: median('firstStep') }
const totals = measured.map(total).sort((a, b) => a - b)
const totalMs = totals[Math.floor(totals.length / 2)] ?? NaN
if (options.json) {
  process.stdout.write(`${JSON.stringify({ repeats, total_ms: totalMs, all_total_ms: totals, parts_ms: parts, browser_launch_ms: browserMs, aim_ms: AIM_MS })}\n`)
} else {
  const rows: [string, string][] = [
    ['npm start to address', shown(parts.serve)],
    ['page ready', shown(parts.page)],
    ['first step', shown(parts.firstStep)],
    ['total', `${shown(totalMs)} (${totals.map(shown).join(', ')}; aim ${shown(AIM_MS)})`],
    ['browser, before', shown(browserMs)],
  ]
  for (const [name, value] of rows) process.stdout.write(`${name.padEnd(22)}${value}\n`)
}

/** One start with an empty data folder, ended as Ctrl-C in a terminal ends it. */
async function measureStart(runningBrowser: Browser): Promise<StartParts> {
  const dataDir = mkdtempSync(join(tmpdir(), 'memgen-bench-start-'))
  const { DISPLAY: _display, WAYLAND_DISPLAY: _wayland, ...environment } = process.env
  const started = performance.now()
  // A group of its own: Ctrl-C reaches npm, the launcher and the server alike.
  const child = spawn('npm', ['start', '--silent'], { cwd: rootDir, env: { ...environment, MEMGEN_DATA_DIR: dataDir }, stdio: ['ignore', 'pipe', 'inherit'], detached: true })
  const closed = new Promise<void>((resolveClosed) => void child.on('close', () => resolveClosed()))
  try {
    const url = await new Promise<string>((resolveUrl, reject) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        const found = /https?:\/\/\S+/.exec(line)?.[0]
        if (found !== undefined) resolveUrl(found)
      })
      void closed.then(() => reject(new Error('npm start ended before it said its address')))
    })
    const served = performance.now()
    const page = await runningBrowser.newPage()
    await page.goto(url)
    await page.getByRole('toolbar', { name: 'Stepping' }).getByRole('button', { name: 'Step', disabled: false }).first().waitFor()
    const ready = performance.now()
    await page.keyboard.press('F10')
    await page.locator('[id^="token-step-"]').first().waitFor()
    const stepped = performance.now()
    await page.close()
    return { serve: served - started, page: ready - served, firstStep: stepped - ready }
  } finally {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGINT')
    await closed
    rmSync(dataDir, { recursive: true })
  }
}

function total({ serve, page, firstStep }: StartParts): number {
  return serve + page + firstStep
}

function median(part: keyof StartParts): number {
  const sorted = measured.map((start) => start[part]).sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? NaN
}

function shown(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`
}
