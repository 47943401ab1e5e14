/**
 * @file `npm run bench`: how near decoding comes to this machine's memory bandwidth, what an insertion costs at short
 * and long contexts, what a batch gains, and how much memory it takes. Qwen2.5-0.5B's shape in f32, random weights.
 *
 * Measured in one process and in turns, since machines are shared: only ratios of one run are compared.
 */
import { cpus } from 'node:os'
import { join } from 'node:path'
import { readFileSync, statSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { MemGenModel } from '../src/main/engine/memgen/memgen-model.ts'
import { Rollout } from '../src/main/engine/memgen/rollout.ts'
import { runConfigSchema } from '../src/shared/domain/run-config.ts'
import type { MemoryPolicy } from '../src/shared/domain/memory-policy.ts'
import { BandwidthProbe } from './memory-bandwidth.ts'
import { QWEN_0_5B, writeRandomModel } from './random-model.ts'

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    threads: { type: 'string', default: `${Math.min(cpus().length, 8)}` },
    repeats: { type: 'string', default: '5' },
    steps: { type: 'string', default: '16' },
    'cache-dir': { type: 'string', default: join(import.meta.dirname, '../.cache/bench') },
  },
})
const threads = Number(options.threads)
const repeats = Math.max(5, Number(options.repeats))
const steps = Number(options.steps)
const PROMPT_LENGTH = 64
const BATCH = 8

const say = (text: string): void => {
  process.stderr.write(`${text}\n`)
}

say('writing random weights (2 GB, once)')
const location = writeRandomModel(join(options['cache-dir'], 'qwen2-0.5b-f32'), QWEN_0_5B)
const weightBytes = statSync(join(location.reasonerDir, 'model.safetensors')).size

say('loading')
const loadStarted = performance.now()
const model = await MemGenModel.load(location, { device: 'cpu', threads })
const loadMs = performance.now() - loadStarted
const loaded = memory()

const { numHiddenLayers, numKeyValueHeads, headDim } = model.config
const cacheBytesPerToken = numHiddenLayers * 2 * numKeyValueHeads * headDim * 4
const bytesPerToken = weightBytes + cacheBytesPerToken * (PROMPT_LENGTH + steps / 2)

const decodeB1: number[] = []
const decodeB8: number[] = []
/** The better of a probe right before and one right after each decode of batch 1. */
const bandwidths: number[] = []
/** Each decode against its own two probes: the machine's speed drifts. */
const overBound: number[] = []
const insertion128: number[] = []
const insertion1024: number[] = []

say('running all three roles for the memory peak')
await insertionMs(128)
const peak = memory()
const probe = await BandwidthProbe.create(threads)

for (let repeat = 0; repeat < repeats; repeat++) {
  say(`repeat ${repeat + 1} of ${repeats}`)
  const before = await probe.measure()
  const rate = await tokensPerSecond(1)
  const bandwidth = Math.max(before, await probe.measure())
  decodeB1.push(rate)
  bandwidths.push(bandwidth)
  overBound.push(rate / (bandwidth / bytesPerToken))
  decodeB8.push(await tokensPerSecond(BATCH))
  insertion128.push(await insertionMs(128))
  insertion1024.push(await insertionMs(1024))
}
await probe.release()
await model.release()

const bound = median(bandwidths) / bytesPerToken
const result = {
  model: 'Qwen2.5-0.5B shape, f32, random weights',
  threads,
  repeats,
  load_ms: loadMs,
  weight_bytes: weightBytes,
  bandwidth_bytes_per_s: { median: median(bandwidths), all: bandwidths },
  bound_tokens_per_s: bound,
  decode_b1_tokens_per_s: { median: median(decodeB1), all: decodeB1, over_bound: overBound },
  decode_b8_tokens_per_s: { median: median(decodeB8), all: decodeB8 },
  insertion_ms: { context_128: insertion128, context_1024: insertion1024 },
  memory_bytes: { loaded, peak },
  ratios: {
    decode_f32_b1_over_bound: median(overBound),
    decode_f32_b8_over_b1: median(decodeB8) / median(decodeB1),
    insertion_1024_over_128: median(insertion1024) / median(insertion128),
    memory_over_weights: peak.peakBytes / weightBytes,
  },
}
if (options.json) process.stdout.write(`${JSON.stringify(result)}\n`)
else printTable()

/** Tokens a second of a batch that decodes without memory, prefill left out. */
async function tokensPerSecond(batch: number): Promise<number> {
  const rollout = open({ kind: 'vanilla' }, batch, PROMPT_LENGTH, steps + 2)
  // The prefill and the first decode are not what is measured.
  await rollout.step()
  await rollout.step()
  const started = performance.now()
  for (let step = 0; step < steps; step++) await rollout.step()
  const elapsedMs = performance.now() - started
  rollout.dispose()
  return (batch * steps) / (elapsedMs / 1000)
}

/**
 * One inference insertion: asking the trigger, weaving, and the run that reads the latents. The prompt ends with a delimiter and generated
 * ids have no text, so every position is a candidate and the first five insert; the mean of these, the prompt's own left out.
 */
async function insertionMs(contextLength: number): Promise<number> {
  const insertions = 5
  const rollout = open({ kind: 'trigger' }, 1, contextLength, insertions + 1)
  await rollout.step()
  const started = performance.now()
  for (let insertion = 0; insertion < insertions; insertion++) {
    const [result] = await rollout.step()
    if (result?.weave == null || result.step.decisionSource !== 'model') throw new Error('internal: the benchmark expected an insertion by the trigger')
  }
  const elapsedMs = performance.now() - started
  rollout.dispose()
  return elapsedMs / insertions
}

function open(policy: MemoryPolicy, batch: number, promptLength: number, maxNewTokens: number): Rollout {
  const config = runConfigSchema.parse({ policy, maxNewTokens, recordNearest: 0 })
  const promptIds = [...Array.from({ length: promptLength - 1 }, (_, index) => 33 + (index % 64)), ...model.tokenizer.encode('.')]
  return Rollout.open(model, config, Array.from({ length: batch }, (_, row) => ({ id: `row-${row}`, promptIds, sampleId: `${row}`, repeat: 0 })))
}

/** Resident memory now and at its peak, and its private part: mapped pages of the weight file count in the former. */
function memory(): { peakBytes: number; residentBytes: number; privateBytes: number } {
  const status = readFileSync('/proc/self/status', 'utf8')
  const field = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) * 1024
  return { peakBytes: field('VmHWM'), residentBytes: field('VmRSS'), privateBytes: field('RssAnon') }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}

function printTable(): void {
  const giga = (bytes: number): string => `${(bytes / 1e9).toFixed(2)} GB`
  const { ratios } = result
  const rows: [string, string][] = [
    ['threads, repeats', `${threads}, ${repeats}`],
    ['load', `${(loadMs / 1000).toFixed(1)} s`],
    ['weights', giga(weightBytes)],
    ['read rate', `${(median(bandwidths) / 1e9).toFixed(1)} GB/s (${bandwidths.map((rate) => (rate / 1e9).toFixed(1)).join(' ')})`],
    ['bound, batch 1', `${bound.toFixed(2)} tokens/s`],
    ['decode, batch 1', `${median(decodeB1).toFixed(2)} tokens/s = ${ratios.decode_f32_b1_over_bound.toFixed(3)} of the bound (${overBound.map((ratio) => ratio.toFixed(2)).join(' ')}; aim 0.9)`],
    ['decode, batch 8', `${median(decodeB8).toFixed(1)} tokens/s = ${ratios.decode_f32_b8_over_b1.toFixed(2)} x batch 1 (aim 4)`],
    ['insertion at 128', `${median(insertion128).toFixed(0)} ms`],
    ['insertion at 1024', `${median(insertion1024).toFixed(0)} ms = ${ratios.insertion_1024_over_128.toFixed(2)} x (aim 2)`],
    ['memory peak', `${giga(peak.peakBytes)} = ${ratios.memory_over_weights.toFixed(2)} x weights (aim 1.4); private ${giga(peak.privateBytes)}`],
  ]
  for (const [name, value] of rows) process.stdout.write(`${name.padEnd(20)} ${value}\n`)
}
