/**
 * @file `npm run bench:debugger`: what the debugger costs while it runs: how soon a step is on screen, what the host takes of the engine's
 * rate with every lane on, and how long going back and forking takes. It drives the built page in Chromium over the real host and
 * engine, and knows nothing of what a step computes.
 *
 * The model is the bundled demo with room for more positions than it was trained on: its tokens are forced, so only time is measured.
 * `--large` takes a model of Qwen2.5-0.5B's shape with random weights, and measures the rates alone.
 * Engine and host take turns in one process tree, so only ratios of one run are compared.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setImmediate, setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { chromium, type Page } from '@playwright/test'
import { forkEngine } from '../src/main/engine-host/index.ts'
import { LiveRollout } from '../src/main/engine/live-rollout.ts'
import { MemGenModel } from '../src/main/engine/memgen/memgen-model.ts'
import { assertBuiltPage, createApp, startWebServer } from '../src/main/server/index.ts'
import type { TraceChange } from '../src/shared/domain/branch.ts'
import type { TraceId } from '../src/shared/domain/identifiers.ts'
import type { ModelLocation } from '../src/shared/domain/model.ts'
import { runConfigSchema } from '../src/shared/domain/run-config.ts'
import { findChromium } from '../test/support/chromium.ts'
import { median } from './median.ts'
import { QWEN_0_5B, writeRandomModel } from './random-model.ts'

const { values: options } = parseArgs({ options: { json: { type: 'boolean', default: false }, repeats: { type: 'string', default: '5' }, large: { type: 'boolean', default: false }, 'cache-dir': { type: 'string', default: join(import.meta.dirname, '../.cache/bench') } } })
const repeats = Number(options.repeats)
const rootDir = resolve(import.meta.dirname, '..')
const rendererDir = join(rootDir, 'out/renderer')
assertBuiltPage(rendererDir)
const TOKENS = 2000
const FORK_AT = 1000
/** For the rates; enough for some seconds each. */
const RATE_TOKENS = options.large ? 40 : 1600
const SHOWN_STEPS = 60
/** Some frames of the screen. */
const SEEN_AT_RANDOM_MS = 100
const FORK_AIM_MS = 50
const SCREEN_AIM_MS = 16
const HOST_AIM = 0.95
/** A byte-level vocabulary has its letters here; every tenth token ends a line, so that the trigger is asked. */
const forcedIds = Array.from({ length: TOKENS }, (_, index) => (index % 10 === 9 ? newlineId() : 65 + (index % 26)))
const prompt = { kind: 'text' as const, text: 'Start with 6, then mib, plus 2, tarn.' }
const everyLane = ['trigger', 'entropy', 'logprob', 'norms', 'attention', 'divergence', 'time'].map((id) => ({ id, isShown: true }))
/**
 * What runs in the page is text: this program is typed without a page's objects. Tokens enter the document in an animation frame; a message
 * posted then is heard once that frame is laid out and painted. A step's token may be drawn before the rest of it, so the line that says
 * where the generation stands is looked at too.
 */
const SEEN = `
  window.seenSteps = new Map()
  window.settledSteps = new Map()
  const afterPaint = new MessageChannel()
  let drawn = []
  let here = null
  afterPaint.port1.onmessage = () => {
    const now = performance.timeOrigin + performance.now()
    for (const index of drawn) window.seenSteps.set(index, now)
    drawn = []
    if (here !== null && !window.settledSteps.has(here)) window.settledSteps.set(here, now)
  }
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes) {
      for (const node of addedNodes) {
        if (!(node instanceof Element)) continue
        for (const element of [node, ...node.querySelectorAll('[id^="token-step-"]')]) if (element.id.startsWith('token-step-')) drawn.push(Number(element.id.slice(11)))
      }
    }
    const place = /^At step (\\d+)/.exec(document.querySelector('[aria-label="Here"] [role="status"]')?.textContent ?? '')
    here = place === null ? null : Number(place[1])
    if (drawn.length > 0 || (here !== null && !window.settledSteps.has(here))) afterPaint.port2.postMessage(null)
  }).observe(document, { childList: true, subtree: true, characterData: true })`

/** Tokens a second: of the engine in this process, through host and log, and with a page that draws every lane besides. */
interface Rates {
  engine: number
  host: number
  page: number
}

const workDir = mkdtempSync(join(tmpdir(), 'memgen-bench-live-'))
const location = options.large ? writeRandomModel(join(options['cache-dir'], 'qwen2-0.5b-f32'), QWEN_0_5B) : writeLongDemo(join(workDir, 'model'))
const config = runConfigSchema.parse({ maxNewTokens: TOKENS, maxInferenceAugNum: TOKENS })
const forced = (count: number): TraceChange => ({ kind: 'tokens', tokenIds: forcedIds.slice(0, count), text: '' })
const app = await createApp({ dataDir: join(workDir, 'data'), resourcesDir: join(rootDir, 'resources'), shell: 'browser', startEngine: () => forkEngine(join(rootDir, 'src/main/engine/entry.ts')) })
const { sessions, modelLibrary, engine } = app.context
const model = await modelLibrary.add({ name: 'Demo with more positions', location })
const server = await startWebServer(app, { rendererDir })
const browser = await chromium.launch({
  executablePath: findChromium(process.env),
  // Containers run as root without a GPU.
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
})
try {
  const page = await browser.newPage({ viewport: { width: 1920, height: 1080 } })
  await page.addInitScript(SEEN)
  await page.addInitScript(`localStorage.setItem('memgen.tour', 'yes'); localStorage.setItem('memgen.lanes', ${JSON.stringify(JSON.stringify(everyLane))})`)
  const rates = await measureRates(page)
  const screen = options.large ? null : await measureScreen(page)
  const forks = options.large ? null : await measureForks()
  const hostOverEngine = median(rates.map(({ host, engine: alone }) => host / alone))
  const pageOverEngine = median(rates.map((rate) => rate.page / rate.engine))
  const ratios = { host_over_engine: hostOverEngine, page_over_engine: pageOverEngine }
  const report = { screen_ms: screen?.tokenMs ?? null, settled_ms: screen?.settledMs ?? null, forks, rates, ratios }
  if (options.json) process.stdout.write(`${JSON.stringify(report)}\n`)
  else {
    printRow('engine alone, twin alongside', `${median(rates.map((rate) => rate.engine)).toFixed(0)} tokens/s`)
    printRow('through host and log', `${median(rates.map((rate) => rate.host)).toFixed(0)} tokens/s, ${hostOverEngine.toFixed(3)} of it (aim ${HOST_AIM})`)
    printRow('with a page, every lane on', `${median(rates.map((rate) => rate.page)).toFixed(0)} tokens/s, ${pageOverEngine.toFixed(3)} of it`)
    if (screen !== null) printRow('step on screen after its answer', `token ${screen.tokenMs.toFixed(1)} ms (aim ${SCREEN_AIM_MS} ms), everything beside it ${screen.settledMs.toFixed(1)} ms; medians of ${SHOWN_STEPS}`)
    if (forks !== null) printRow(`fork at ${FORK_AT} of ${TOKENS}`, `${forks.forkMs.toFixed(1)} ms, its first step ${forks.firstStepMs.toFixed(1)} ms; a step there ${forks.stepMs.toFixed(1)} ms (aim ${FORK_AIM_MS} ms and a step)`)
  }
} finally {
  await browser.close()
  await server.close()
  await app.dispose()
  rmSync(workDir, { recursive: true })
}

/** In turns. */
async function measureRates(page: Page): Promise<Rates[]> {
  const own = await MemGenModel.load(location, { device: 'cpu' })
  const rates: Rates[] = []
  for (let repeat = -1; repeat < repeats; repeat++) {
    const rollout = LiveRollout.open(own, prompt, { id: `alone-${repeat}` as TraceId, config, sampleId: 'interactive', repeat: 0, changes: [{ stepIndex: 0, change: forced(RATE_TOKENS), latents: null }] })
    rollout.setTwin(true)
    const alone = await secondsOf(async () => {
      for (let step = 0; step < RATE_TOKENS; step++) {
        await rollout.step(() => {})
        // Without turns of the event loop nothing that a run leaves is ever freed: no engine goes on like that.
        await setImmediate()
      }
    })
    rollout.dispose()
    await page.goto('about:blank')
    const unseen = await secondsOfRun(await openForced(RATE_TOKENS))
    const traceId = await openForced(RATE_TOKENS)
    await show(page, traceId)
    const seen = await secondsOfRun(traceId)
    // The first round only warms up.
    if (repeat >= 0) rates.push({ engine: RATE_TOKENS / alone, host: RATE_TOKENS / unseen, page: RATE_TOKENS / seen })
  }
  await own.release()
  return rates
}

async function secondsOfRun(traceId: TraceId): Promise<number> {
  await sessions.setTwin(traceId, true)
  return secondsOf(() => runTo(traceId, RATE_TOKENS - 1))
}

async function show(page: Page, traceId: TraceId): Promise<void> {
  await page.goto(`${server.url}#/traces/${traceId}`)
  await page.reload()
  await page.getByRole('region', { name: 'Token stream' }).waitFor()
}

/** Milliseconds from a step's arrival at the host to the frame that shows its token, and to the one that shows all of it; stepped one by one as a user does. */
async function measureScreen(page: Page): Promise<{ tokenMs: number; settledMs: number }> {
  const traceId = await openForced(TOKENS)
  await show(page, traceId)
  const answered = new Map<number, number>()
  const stop = engine.onStep(({ step }) => void answered.set(step.index, performance.timeOrigin + performance.now()))
  for (let index = 0; index < SHOWN_STEPS; index++) {
    // Whoever presses the key knows nothing of the screen's frames; the answer to `seenStep` comes with one.
    await setTimeout(Math.random() * SEEN_AT_RANDOM_MS)
    await sessions.advance(traceId, { until: 'step' })
    await page.evaluate(seenStep(index))
  }
  stop()
  const medianUntil = async (times: string): Promise<number> => {
    const shown = new Map(await page.evaluate<[number, number][]>(`[...window.${times}]`))
    return median([...answered].map(([index, time]) => (shown.get(index) ?? Number.NaN) - time))
  }
  return { tokenMs: await medianUntil('seenSteps'), settledMs: await medianUntil('settledSteps') }
}

/** Resolves once frames have shown all of the step. */
function seenStep(index: number): string {
  return `new Promise((resolve) => {
    const look = () => (window.seenSteps.get(${index}) == null || window.settledSteps.get(${index}) == null ? requestAnimationFrame(look) : resolve())
    look()
  })`
}

async function measureForks(): Promise<{ forkMs: number; firstStepMs: number; stepMs: number }> {
  const traceId = await openForced(TOKENS)
  await runTo(traceId, TOKENS - 2)
  const forkMs: number[] = []
  const firstStepMs: number[] = []
  const stepMs: number[] = []
  for (let repeat = 0; repeat < repeats; repeat++) {
    let forkId = traceId
    forkMs.push(1000 * (await secondsOf(async () => void (forkId = (await sessions.fork({ traceId, stepIndex: FORK_AT, change: { kind: 'decision', decision: 0 } })).header.id))))
    firstStepMs.push(1000 * (await secondsOf(() => runTo(forkId, FORK_AT))))
    stepMs.push((1000 * (await secondsOf(() => runTo(forkId, FORK_AT + 20)))) / 20)
  }
  return { forkMs: median(forkMs), firstStepMs: median(firstStepMs), stepMs: median(stepMs) }
}

async function openForced(count: number): Promise<TraceId> {
  const { header } = await sessions.open({ modelId: model.id, prompt, config })
  const { header: fork } = await sessions.fork({ traceId: header.id, stepIndex: 0, change: forced(count) })
  return fork.id
}

/** Runs through step `index` and waits until the session rests. */
async function runTo(traceId: TraceId, index: number): Promise<void> {
  await sessions.advance(traceId, { until: 'end', stopAfter: index })
  for await (const event of await sessions.subscribe(traceId, { fromStep: index })) {
    if (event.kind === 'state' && event.state.kind !== 'running') return
  }
}

/** The demo, with positions for a long trace. */
function writeLongDemo(directory: string): ModelLocation {
  cpSync(join(rootDir, 'resources/demo-model'), directory, { recursive: true })
  const path = join(directory, 'base/config.json')
  writeFileSync(path, JSON.stringify({ ...(JSON.parse(readFileSync(path, 'utf8')) as object), max_position_embeddings: 4 * TOKENS }))
  return { reasonerDir: join(directory, 'base'), checkpointDir: join(directory, 'memgen') }
}

function newlineId(): number {
  const { model: { vocab } } = JSON.parse(readFileSync(join(rootDir, 'resources/demo-model/base/tokenizer.json'), 'utf8')) as { model: { vocab: Record<string, number> } }
  const id = vocab['\u010a'] // a line break as byte-level vocabularies write it
  if (id === undefined) throw new Error('the demo has no token for a line break')
  return id
}

async function secondsOf(work: () => Promise<void>): Promise<number> {
  const started = performance.now()
  await work()
  return (performance.now() - started) / 1000
}

function printRow(name: string, value: string): void {
  process.stdout.write(`${name.padEnd(34)}${value}\n`)
}
