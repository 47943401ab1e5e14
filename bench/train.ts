/**
 * @file `npm run bench:train`: how much of this machine's rate of large matrix products training turns into useful work, how long graphs
 * take to build, and whether memory stays flat. A model of a million parameters with random weights.
 *
 * Rates are medians of alternated repeats in one process: only ratios of one run are compared.
 */
import { cpus } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { expectedTensors, type DecoderConfig } from '../src/main/engine/checkpoint/index.ts'
import { planModel } from '../src/main/engine/memgen/model-plan.ts'
import { GraphBuilder } from '../src/main/engine/onnx/graph-builder.ts'
import { matMul } from '../src/main/engine/ops/matrix.ts'
import { float32Tensor, GraphSession } from '../src/main/engine/runtime/graph-session.ts'
import { elementCount } from '../src/main/engine/tensor/dtype.ts'
import { drawBaseWeights } from '../src/main/engine/training/initial-weights.ts'
import { LanguageModelStep } from '../src/main/engine/training/language-model-step.ts'
import { weaverParameters } from '../src/main/engine/training/memgen-parameters.ts'
import { OptimizerSteps, type OptimizerOptions } from '../src/main/engine/training/optimizer-steps.ts'
import { ParameterSet } from '../src/main/engine/training/parameter-set.ts'
import type { Insertion, TrainingPass } from '../src/main/engine/training/supervised-rows.ts'
import { triggerBase, wovenBases } from '../src/main/engine/training/training-bases.ts'
import { TriggerStep } from '../src/main/engine/training/trigger-step.ts'
import { WeaverStep } from '../src/main/engine/training/weaver-step.ts'
import { TINY_QWEN, writeRandomModel } from './random-model.ts'

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    threads: { type: 'string', default: `${Math.min(cpus().length, 8)}` },
    repeats: { type: 'string', default: '9' },
    'memory-steps': { type: 'string', default: '3000' },
    'cache-dir': { type: 'string', default: join(import.meta.dirname, '../.cache/bench') },
  },
})
const threads = Number(options.threads)
const BATCH = 16
const SEQ = 128
/** Rows and columns of the product that stands for what the machine can do. */
const LARGE = 2048
const OPTIMIZER: OptimizerOptions = { learningRate: 1e-4, betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0.01, decayNormsAndBiases: false, schedule: 'constant', warmupRatio: 0, maxGradNorm: 1 }

const say = (text: string): void => {
  process.stderr.write(`${text}\n`)
}

const location = writeRandomModel(join(options['cache-dir'], 'qwen2-1m-f32'), TINY_QWEN)
const plan = await planModel(location)
const [base] = plan.bases
const { checkpoint } = plan
if (base === undefined || checkpoint === undefined) throw new Error('internal: the random model lacks its parts')

const createdMs: Record<string, number> = {}
const full = await timed('full training', () => LanguageModelStep.create(base.config, base.locations, { trainsBase: true, threads }))
const weaver = await timed('weaver', () => WeaverStep.create(wovenBases(plan, checkpoint, 0), { head: { kind: 'cross-entropy' }, threads }))
const trigger = await timed('trigger', () => TriggerStep.create(triggerBase(plan, checkpoint, 0), { head: { kind: 'grpo', epsilonLow: 0.2, epsilonHigh: 0.2, beta: 0 }, threads }))
await trigger.release()

const parameters = ParameterSet.from(drawBaseWeights(base.config, 0.05, 1))
const gradients = parameters.zerosLike()
const optimizer = new OptimizerSteps(parameters, OPTIMIZER, 1)
const passes = Array.from({ length: BATCH }, (_, row) => passOf(row, SEQ, []))
const wovenPasses = Array.from({ length: BATCH }, (_, row) => passOf(row, SEQ, [{ tokenIndex: 32, kind: 'prompt' }, { tokenIndex: 64, kind: 'inference' }, { tokenIndex: 96, kind: 'inference' }]))
const weaverSet = ParameterSet.from(weaverParameters(checkpoint))
const weaverGradients = weaverSet.zerosLike()
const product = await largeProduct()

const stepMs: number[] = []
const weaverMs: number[] = []
const shares: number[] = []
for (let repeat = 0; repeat < Number(options.repeats) + 2; repeat++) {
  const before = await product.flops()
  const started = performance.now()
  await takeStep(passes)
  const elapsed = performance.now() - started
  const peak = Math.max(before, await product.flops())
  const weaverStarted = performance.now()
  weaverGradients.values.fill(0)
  await weaver.run(wovenPasses, weaverSet, columnsOf(wovenPasses), { gradients: weaverGradients })
  // The first two grow the arena.
  if (repeat < 2) continue
  stepMs.push(elapsed)
  weaverMs.push(performance.now() - weaverStarted)
  shares.push(usefulFlops(base.config) / (elapsed / 1000) / peak)
}
await weaver.release()
await product.release()

say('watching memory')
const small = [passOf(0, 32, []), passOf(1, 24, [])]
const memorySteps = Number(options['memory-steps'])
const resident: number[] = []
for (let step = 0; step < memorySteps; step++) {
  await takeStep(small)
  if (step % 50 === 0) resident.push(process.memoryUsage().rss)
}
// Buffers of results wait for the collector, so the level goes up and down; its peaks are compared.
const third = Math.floor(resident.length / 3)
const early = Math.max(...resident.slice(third, 2 * third))
const late = Math.max(...resident.slice(2 * third))
await full.release()

const ratios = { train_useful_over_matmul: median(shares), memory_late_over_early: late / early }
if (options.json) console.log(JSON.stringify({ ratios, createdMs, stepMs: median(stepMs), weaverStepMs: median(weaverMs) }))
else {
  console.log(`parameters                  ${parameters.elementCount}`)
  for (const [name, ms] of Object.entries(createdMs)) console.log(`${`graphs and sessions, ${name}`.padEnd(38)} ${ms.toFixed(0)} ms (aim 1000)`)
  console.log(`a step of ${BATCH} x ${SEQ}, all parameters      ${median(stepMs).toFixed(0)} ms, ${((BATCH * SEQ) / (median(stepMs) / 1000)).toFixed(0)} tokens/s`)
  console.log(`a weaver's step of ${BATCH} x ${SEQ}, 3 insertions ${median(weaverMs).toFixed(0)} ms`)
  console.log(`useful work                           ${(usefulFlops(base.config) / 1e9).toFixed(1)} GFLOP a step`)
  console.log(`train_useful_over_matmul              ${ratios.train_useful_over_matmul.toFixed(2)} (aim 0.3)`)
  console.log(`memory_late_over_early                ${ratios.memory_late_over_early.toFixed(3)} (peaks of the last and the middle third of ${memorySteps} steps: ${(late / 1e6).toFixed(0)} and ${(early / 1e6).toFixed(0)} MB)`)
}

async function timed<Created>(name: string, create: () => Promise<Created>): Promise<Created> {
  const started = performance.now()
  const created = await create()
  createdMs[name] = performance.now() - started
  return created
}

async function takeStep(rows: readonly TrainingPass[]): Promise<void> {
  gradients.values.fill(0)
  const { loss } = await full.run(rows, parameters, columnsOf(rows), { gradients })
  optimizer.take(0, loss, parameters, gradients)
}

/** Every token but the first is learnt, whatever it says. */
function passOf(row: number, length: number, insertions: readonly Insertion[]): TrainingPass {
  const ids = Array.from({ length }, (_, index) => (row * 31 + index * index) % TINY_QWEN.vocab_size)
  return { ids, insertions, targets: ids.slice(1).map((label, index) => ({ position: index + 1, label })) }
}

function columnsOf(rows: readonly TrainingPass[]): { weights: Float32Array } {
  const count = rows.reduce((sum, { targets }) => sum + targets.length, 0)
  return { weights: new Float32Array(count).fill(1 / count) }
}

/** 6 x matrix parameters (the head included, a lookup in the table not) x tokens, and attention's products over the causal half. */
function usefulFlops(config: DecoderConfig): number {
  const matrices = [...expectedTensors(config)].filter(([, shape]) => shape.length === 2).reduce((sum, [, shape]) => sum + elementCount(shape), 0)
  const attention = 12 * config.numHiddenLayers * BATCH * config.numAttentionHeads * config.headDim * ((SEQ * (SEQ + 1)) / 2)
  return 6 * matrices * BATCH * SEQ + attention
}

async function largeProduct(): Promise<{ flops: () => Promise<number>; release: () => Promise<void> }> {
  const graph = new GraphBuilder('large-product')
  const [left, right] = ['left', 'right'].map((name) => graph.input(name, 'float32', [LARGE, LARGE]))
  if (left === undefined || right === undefined) throw new Error('internal: a product without factors')
  graph.output('product', matMul(graph, left, right))
  const session = await GraphSession.create(graph.encode(), { threads })
  const feeds = Object.fromEntries(['left', 'right'].map((name) => [name, float32Tensor(new Float32Array(LARGE * LARGE).fill(0.5), [LARGE, LARGE])]))
  return {
    flops: async () => {
      let best = Infinity
      for (let pass = 0; pass < 3; pass++) {
        const started = performance.now()
        await session.run(feeds, ['product'])
        best = Math.min(best, performance.now() - started)
      }
      return (2 * LARGE ** 3) / (best / 1000)
    },
    release: () => session.release(),
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}
