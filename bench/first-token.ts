/**
 * @file `npm run bench:first-token`: how long from opening a float32 model of Qwen2.5-0.5B's shape to its first token, at a first start, when
 * nothing is packed, and at a second; and what going over to packed weights costs and gives. Each start is a process of its own.
 *
 * The weight file is in the system's cache in both: what a disk takes to read it is its own.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { MemGenModel } from '../src/main/engine/memgen/memgen-model.ts'
import { benchModelLocation, FULL_LAYERS, PROMPT_LENGTH } from './bench-model.ts'
import { processMemory, type ProcessMemory } from '../src/main/engine/runtime/process-memory.ts'
import { decodePlain, elapsedMsOf, openRollout } from './timed-rollout.ts'

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    threads: { type: 'string', default: `${Math.min(cpus().length, 8)}` },
    steps: { type: 'string', default: '16' },
    layers: { type: 'string', default: `${FULL_LAYERS}` },
    'cache-dir': { type: 'string', default: join(import.meta.dirname, '../.cache/bench') },
    /** Measures this start and tells the parent; the parent starts it without. */
    start: { type: 'string' },
  },
})
const weightsDir = join(options['cache-dir'], 'first-token')
/** Seconds from opening to the first token. */
const AIMS = { first: 2, second: 1 } as const
type StartName = keyof typeof AIMS

interface Start {
  /** Node's own start and our imports, before the model is opened. */
  readonly processMs: number
  readonly loadMs: number
  /** A prompt of 64 tokens, without memory. */
  readonly firstStepMs: number
  readonly mapped: Standing
  /** Until the packer beside had ended, after the first decoding was measured. */
  readonly waitMs: number
  readonly switchMs: number
  readonly packed: Standing
}

/** Speeds and memory of a model as it stands. */
interface Standing {
  readonly memory: ProcessMemory | null
  readonly tokensPerSecondB1: number
  readonly tokensPerSecondB8: number
}

if (options.start !== undefined) {
  const start = await measureStart()
  process.send?.(start, () => process.exit())
} else {
  benchModelLocation({ cacheDir: options['cache-dir'], layers: Number(options.layers) })
  rmSync(weightsDir, { recursive: true, force: true })
  const starts: Record<StartName, Start> = { first: await startApart('first'), second: await startApart('second') }
  rmSync(weightsDir, { recursive: true, force: true })
  if (options.json) process.stdout.write(`${JSON.stringify({ threads: Number(options.threads), layers: Number(options.layers), starts })}\n`)
  else for (const [name, start] of Object.entries(starts)) print(name as StartName, start)
}

async function startApart(name: StartName): Promise<Start> {
  const child = fork(import.meta.filename, [...process.argv.slice(2), '--start', name])
  const [start] = (await once(child, 'message')) as [Start]
  await once(child, 'exit')
  return start
}

async function measureStart(): Promise<Start> {
  const processMs = performance.now()
  const threads = Number(options.threads)
  const location = benchModelLocation({ cacheDir: options['cache-dir'], layers: Number(options.layers) })
  const opened = performance.now()
  const model = await MemGenModel.load(location, { device: 'cpu', threads, weightsDir })
  const loadMs = performance.now() - opened
  const rollout = openRollout(model, { policy: { kind: 'vanilla' }, batch: 1, promptLength: PROMPT_LENGTH, maxNewTokens: 1 })
  const firstStepMs = await elapsedMsOf(async () => void (await rollout.step()))
  rollout.dispose()
  const waitMs = await elapsedMsOf(() => model.packed())
  // Unpacked speed is measured without a packer beside; memory before batches make it theirs.
  const mapped = await stand(model)
  const switchMs = await elapsedMsOf(() => model.usePacked())
  const packed = await stand(model)
  await model.release()
  return { processMs, loadMs, firstStepMs, mapped, waitMs, switchMs, packed }
}

async function stand(model: MemGenModel): Promise<Standing> {
  const steps = Number(options.steps)
  const { tokensPerSecond: tokensPerSecondB1 } = await decodePlain(model, 1, steps)
  const memory = processMemory()
  const { tokensPerSecond: tokensPerSecondB8 } = await decodePlain(model, 8, steps)
  return { memory, tokensPerSecondB1, tokensPerSecondB8 }
}

function print(name: StartName, { processMs, loadMs, firstStepMs, mapped, waitMs, switchMs, packed }: Start): void {
  const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`
  const memoryOf = ({ memory }: Standing): string =>
    memory === null ? 'not told by this system' : `${(memory.residentBytes / 1e9).toFixed(2)} GB resident, ${(memory.privateBytes / 1e9).toFixed(2)} of it private`
  const rate = (before: number, after: number): string => `${before.toFixed(1)} -> ${after.toFixed(1)} tokens/s (${(after / before).toFixed(2)} x)`
  const rows: [string, string][] = [
    [`${name} start`, `first token ${seconds(loadMs + firstStepMs)} after opening (load ${seconds(loadMs)}, step ${seconds(firstStepMs)}; aim ${AIMS[name]} s); process before ${seconds(processMs)}`],
    ['  packed', `after ${seconds(waitMs)}, then the switch took ${seconds(switchMs)}`],
    ['  memory before', memoryOf(mapped)],
    ['  memory after', memoryOf(packed)],
    ['  decode, batch 1', rate(mapped.tokensPerSecondB1, packed.tokensPerSecondB1)],
    ['  decode, batch 8', rate(mapped.tokensPerSecondB8, packed.tokensPerSecondB8)],
  ]
  for (const [title, value] of rows) process.stdout.write(`${title.padEnd(20)} ${value}\n`)
}
