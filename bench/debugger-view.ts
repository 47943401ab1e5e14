/**
 * @file `node bench/debugger-view.ts [--tokens 100000] [--insertions 2000] [--json] [--screenshots DIR]`: how the built app shows a very
 * long trace in Chromium: opening it, scrolling its tokens, zooming and moving its lanes. No model is asked. It knows of the page what a
 * user sees of it, and nothing of how it draws.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { chromium, type Browser, type Page } from '@playwright/test'
import { LOG_FILE_NAME } from '../src/main/server/index.ts'
import { findChromium } from '../test/support/chromium.ts'
import { serveApp } from '../test/support/served-app.ts'
import { writeBigTrace } from './big-trace.ts'

const { values: options } = parseArgs({
  options: { tokens: { type: 'string', default: '100000' }, insertions: { type: 'string', default: '2000' }, json: { type: 'boolean', default: false }, screenshots: { type: 'string' } },
})

const VIEWPORT = { width: 1920, height: 1080 }
/** In pixels a frame: a fast flick of the wheel. */
const SCROLL_PX = 240
const SCROLL_NOTCHES = 150
const WHEEL_NOTCHES = 40
const WHEEL_PX = 100
const OPEN_AIM_MS = 1000
const FRAME_AIM_MS = 1000 / 60
const ZOOM_AIM_MS = 50
/** A frame this much later than 60 Hz asks for was missed. */
const MISSED_MS = 1.5 * FRAME_AIM_MS
/**
 * What runs in the page is text: this program is typed without a page's objects. Keeps the times between animation frames while it is on.
 */
const RECORDER = `
  window.frameRecord = {
    start() {
      this.deltas = []
      this.isOn = true
      let last = performance.now()
      const tick = (now) => {
        if (!this.isOn) return
        this.deltas.push(now - last)
        last = now
        requestAnimationFrame(tick)
      }
      requestAnimationFrame(tick)
    },
    stop() {
      this.isOn = false
      return this.deltas
    },
  }`
/** What is in the document in a frame is painted with it, the chart with the next. */
const DRAWN_AT = `new Promise((resolve) => {
  const look = () => {
    const isThere = document.querySelector('[id^="token-step-"]') !== null && document.querySelector('section[aria-label="Lanes"] canvas') !== null
    requestAnimationFrame(isThere ? () => resolve(performance.now()) : look)
  }
  look()
})`
const everyLane = ['trigger', 'entropy', 'logprob', 'norms', 'attention', 'divergence', 'time'].map((id) => ({ id, isShown: true }))

/** Milliseconds between animation frames. */
interface Frames {
  count: number
  /** Of the page's main thread, in its own processor time: what is left when other programs take the processor. */
  busyMs: number
  /** The longest single task of the page's main thread, in the same time. */
  longestTaskMs: number
  medianMs: number
  p99Ms: number
  longestMs: number
  missed: number
}

const dataDir = mkdtempSync(join(tmpdir(), 'memgen-bench-view-'))
const traceId = await writeBigTrace(join(dataDir, LOG_FILE_NAME), { tokens: Number(options.tokens), insertions: Number(options.insertions) })
const app = await serveApp(dataDir)
const browser = await chromium.launch({
  executablePath: findChromium(process.env),
  // Containers run as root without a GPU.
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
})
try {
  const page = await browser.newPage({ viewport: VIEWPORT })
  await page.addInitScript(RECORDER)
  const address = new URL(app.url)
  address.hash = `/traces/${traceId}`

  const loadMs = await openedAfter(page, () => page.goto(address.href))
  const reloadMs = await openedAfter(page, () => page.reload())
  const openMs = await openedInApp(browser, app.url)
  await shoot(page, 'few-lanes')
  const scroll = await framesDuring(page, () => scrollStream(page))
  const zoom = await framesDuring(page, () => zoomLanes(page))
  const drag = await framesDuring(page, () => dragLanes(page))
  await page.evaluate(`localStorage.setItem('memgen.lanes', ${JSON.stringify(JSON.stringify(everyLane))})`)
  await openedAfter(page, () => page.reload())
  await shoot(page, 'every-lane')
  const zoomEvery = await framesDuring(page, () => zoomLanes(page))

  const report = { tokens: Number(options.tokens), insertions: Number(options.insertions), load_ms: loadMs, reload_ms: reloadMs, open_ms: openMs, scroll, zoom, drag, zoom_every_lane: zoomEvery }
  if (options.json) process.stdout.write(`${JSON.stringify(report)}\n`)
  else {
    process.stdout.write(`${report.tokens} tokens, ${report.insertions} insertions\n`)
    printRow('trace opened in the app', `${openMs.toFixed(0)} ms (aim ${OPEN_AIM_MS} ms)`)
    printRow('app loaded on the trace', `${loadMs.toFixed(0)} ms, the same again ${reloadMs.toFixed(0)} ms`)
    printRow('scrolling the stream', `${shown(scroll)} (aim 60 frames a second)`)
    printRow('zooming the lanes', `${shown(zoom)} (aim: none over ${ZOOM_AIM_MS} ms)`)
    printRow('moving the lanes', shown(drag))
    printRow('zooming seven lanes', shown(zoomEvery))
  }
} finally {
  await browser.close()
  await app.end()
  rmSync(dataDir, { recursive: true })
}

/** From the navigation until tokens and lanes are drawn, as the page's clock has it. */
async function openedAfter(page: Page, navigate: () => Promise<unknown>): Promise<number> {
  await navigate()
  return page.evaluate<number>(DRAWN_AT)
}

/** From the list of traces, as a user opens it. */
async function openedInApp(running: Browser, url: string): Promise<number> {
  const page = await running.newPage({ viewport: VIEWPORT })
  const list = new URL(url)
  list.hash = '/traces'
  await page.goto(list.href)
  await page.getByText('Count on.').first().waitFor()
  const asked = await page.evaluate<number>(`(location.hash = '#/traces/${traceId}', performance.now())`)
  const drawn = await page.evaluate<number>(DRAWN_AT)
  await page.close()
  return drawn - asked
}

/** From the newest token upwards. */
async function scrollStream(page: Page): Promise<void> {
  const box = await page.getByRole('listbox', { name: 'Tokens' }).boundingBox()
  if (box === null) throw new Error('the token stream is not on screen')
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2)
  for (let notch = 0; notch < SCROLL_NOTCHES; notch++) await page.mouse.wheel(0, -SCROLL_PX)
}

/** In to single tokens and out again. */
async function zoomLanes(page: Page): Promise<void> {
  await overLanes(page)
  for (const direction of [-1, 1]) {
    for (let notch = 0; notch < WHEEL_NOTCHES; notch++) await page.mouse.wheel(0, direction * WHEEL_PX)
  }
}

async function dragLanes(page: Page): Promise<void> {
  const { x, y } = await overLanes(page)
  for (let notch = 0; notch < 8; notch++) await page.mouse.wheel(0, -WHEEL_PX)
  await page.mouse.down()
  for (let step = 1; step <= WHEEL_NOTCHES; step++) await page.mouse.move(x - 10 * step, y)
  await page.mouse.up()
}

async function overLanes(page: Page): Promise<{ x: number; y: number }> {
  const box = await page.locator('section[aria-label="Lanes"] canvas').boundingBox()
  if (box === null) throw new Error('the lanes are not on screen')
  const point = { x: box.x + 0.6 * box.width, y: box.y + Math.min(100, 0.5 * box.height) }
  await page.mouse.move(point.x, point.y)
  return point
}

async function framesDuring(page: Page, act: () => Promise<unknown>): Promise<Frames> {
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('Performance.enable', { timeDomain: 'threadTicks' })
  const busySeconds = async (): Promise<number> => (await devtools.send('Performance.getMetrics')).metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN
  await browser.startTracing(page, { categories: ['toplevel', 'disabled-by-default-devtools.timeline'] })
  const before = await busySeconds()
  await page.evaluate('frameRecord.start()')
  await act()
  const deltas = (await page.evaluate<number[]>('frameRecord.stop()')).toSorted((one, other) => one - other)
  const at = (share: number): number => deltas[Math.min(deltas.length - 1, Math.floor(share * deltas.length))] ?? Number.NaN
  const busyMs = (1000 * ((await busySeconds()) - before)) / deltas.length
  await devtools.detach()
  const longestTaskMs = longestTask((await browser.stopTracing()).toString())
  return { count: deltas.length, busyMs, longestTaskMs, medianMs: at(0.5), p99Ms: at(0.99), longestMs: at(1), missed: deltas.filter((delta) => delta > MISSED_MS).length }
}

interface TraceEvent {
  name: string
  pid: number
  tid: number
  args?: { name?: string }
  /** Microseconds of processor time. */
  tdur?: number
}

/** Milliseconds; of the busiest process, which is the page's. */
function longestTask(trace: string): number {
  const { traceEvents } = JSON.parse(trace) as { traceEvents: TraceEvent[] }
  const mainThreads = new Set(traceEvents.filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain').map(({ pid, tid }) => `${pid} ${tid}`))
  const tasks = traceEvents.filter(({ name, pid, tid }) => name.endsWith('RunTask') && mainThreads.has(`${pid} ${tid}`))
  return tasks.reduce((longest, { tdur = 0 }) => Math.max(longest, tdur / 1000), 0)
}

async function shoot(page: Page, name: string): Promise<void> {
  if (options.screenshots === undefined) return
  mkdirSync(options.screenshots, { recursive: true })
  await page.waitForTimeout(500)
  await page.screenshot({ path: join(options.screenshots, `${name}.png`) })
}

function shown({ count, busyMs, longestTaskMs, medianMs, p99Ms, longestMs, missed }: Frames): string {
  return `median ${medianMs.toFixed(1)}, 99 % ${p99Ms.toFixed(1)}, longest ${longestMs.toFixed(1)} ms; ${missed} of ${count} frames missed; ${busyMs.toFixed(1)} ms of processor a frame, longest task ${longestTaskMs.toFixed(1)} ms`
}

function printRow(name: string, value: string): void {
  process.stdout.write(`${name.padEnd(28)}${value}\n`)
}
