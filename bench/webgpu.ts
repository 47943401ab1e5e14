/**
 * @file `node bench/webgpu.ts`: what a machine's GPU makes of the model beside its CPU, in one run and in turns: decoding, reading a prompt and
 * inserting, at each precision. A line that the GPU cannot do says why.
 *
 * On a software driver the numbers say nothing about any GPU: `--tiny` then shows that the benchmark runs.
 */
import { cpus } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { MemGenModel } from '../src/main/engine/memgen/memgen-model.ts'
import { precisionSchema, type Device, type ModelLocation, type Precision } from '../src/shared/domain/model.ts'
import { benchModelLocation, FULL_LAYERS } from './bench-model.ts'
import { describeMachine } from './machine.ts'
import { median } from './median.ts'
import { TINY_QWEN, writeRandomModel } from './random-model.ts'
import { decodePlain, elapsedMsOf, openRollout, TimedInsertions } from './timed-rollout.ts'

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    tiny: { type: 'boolean', default: false },
    device: { type: 'string', default: 'webgpu' },
    precisions: { type: 'string', default: 'f32,q8,q4' },
    repeats: { type: 'string', default: '5' },
    steps: { type: 'string', default: '16' },
    'prompt-length': { type: 'string', default: '512' },
    layers: { type: 'string', default: `${FULL_LAYERS}` },
    threads: { type: 'string', default: `${Math.min(cpus().length, 8)}` },
    'cache-dir': { type: 'string', default: join(import.meta.dirname, '../.cache/bench') },
  },
})
const cacheDir = options['cache-dir']
const threads = Number(options.threads)
const steps = Number(options.steps)
const promptLength = Number(options['prompt-length'])
const INSERTION_CONTEXT = 128

interface Measure {
  readonly name: string
  readonly unit: 'tokens/s' | 'ms'
  measure(model: MemGenModel): Promise<number>
}

const measures: readonly Measure[] = [
  { name: 'decode, batch 1', unit: 'tokens/s', measure: async (model) => (await decodePlain(model, 1, steps)).tokensPerSecond },
  { name: 'decode, batch 8', unit: 'tokens/s', measure: async (model) => (await decodePlain(model, 8, steps)).tokensPerSecond },
  { name: `read a prompt of ${promptLength}`, unit: 'tokens/s', measure: readPrompt },
  { name: `insertion at ${INSERTION_CONTEXT}`, unit: 'ms', measure: insert },
]

interface Line {
  readonly name: string
  readonly precision: Precision
  readonly unit: Measure['unit']
  /** Median over the repeats. */
  readonly cpu: number
  readonly gpu: number
  /** How many times faster the GPU is, the median of the repeats' own. */
  readonly ratio: number
}

async function readPrompt(model: MemGenModel): Promise<number> {
  const rollout = openRollout(model, { policy: { kind: 'vanilla' }, batch: 1, promptLength, maxNewTokens: 1 })
  const elapsedMs = await elapsedMsOf(async () => {
    await rollout.step()
  })
  rollout.dispose()
  return promptLength / (elapsedMs / 1000)
}

async function insert(model: MemGenModel): Promise<number> {
  const insertions = await TimedInsertions.open(model, INSERTION_CONTEXT)
  const elapsedMs = await insertions.measure()
  insertions.dispose()
  return elapsedMs
}

async function load(location: ModelLocation, device: Device, precision: Precision): Promise<MemGenModel> {
  process.stderr.write(`loading ${precision} on ${device}\n`)
  return MemGenModel.load(location, { device, precision, threads, weightsDir: precision === 'f32' ? null : join(cacheDir, 'weights') })
}

async function compare(cpu: MemGenModel, gpu: MemGenModel, { name, unit, measure }: Measure, precision: Precision): Promise<Line> {
  const pairs: { cpu: number; gpu: number }[] = []
  await measure(gpu) // compiles its shaders
  await measure(cpu)
  for (let repeat = 0; repeat < Number(options.repeats); repeat++) pairs.push({ cpu: await measure(cpu), gpu: await measure(gpu) })
  return {
    name,
    precision,
    unit,
    cpu: median(pairs.map(({ cpu }) => cpu)),
    gpu: median(pairs.map(({ gpu }) => gpu)),
    ratio: median(pairs.map(({ cpu, gpu }) => (unit === 'ms' ? cpu / gpu : gpu / cpu))),
  }
}

const device = options.device as Device // what ONNX Runtime does not know it refuses
const location = options.tiny ? writeRandomModel(join(cacheDir, 'qwen2-1m-f32'), TINY_QWEN) : benchModelLocation({ cacheDir, layers: Number(options.layers) })
// ONNX Runtime does not tell an adapter's name; the driver that Vulkan's loader was given is all that is known.
const machine = { ...describeMachine(threads), device, driver: process.env['VK_DRIVER_FILES'] ?? "the system's" }
const lines: Line[] = []
const failures: { precision: Precision; reason: string }[] = []
for (const name of options.precisions.split(',')) {
  const precision = precisionSchema.parse(name)
  const cpu = await load(location, 'cpu', precision)
  try {
    const gpu = await load(location, device, precision)
    try {
      for (const measure of measures) {
        const line = await compare(cpu, gpu, measure, precision)
        lines.push(line)
        process.stderr.write(`${precision}  ${line.name}: ${line.gpu.toFixed(1)} ${line.unit} on ${device}, ${line.cpu.toFixed(1)} on the CPU, ${line.ratio.toFixed(2)} times as fast\n`)
      }
    } finally {
      await gpu.release()
    }
  } catch (error) {
    failures.push({ precision, reason: error instanceof Error ? error.message : String(error) })
  } finally {
    await cpu.release()
  }
}

if (options.json) process.stdout.write(`${JSON.stringify({ machine, lines, failures }, null, 2)}\n`)
else {
  for (const [key, value] of Object.entries(machine)) process.stdout.write(`${key}: ${value}\n`)
  for (const { precision, name, unit, cpu, gpu, ratio } of lines) {
    process.stdout.write(`${precision.padEnd(4)} ${name.padEnd(24)} ${gpu.toFixed(1).padStart(9)} ${unit.padEnd(8)} CPU ${cpu.toFixed(1).padStart(9)}   ${ratio.toFixed(2)} times as fast\n`)
  }
  for (const { precision, reason } of failures) process.stdout.write(`${precision.padEnd(4)} not measured: ${reason}\n`)
}
