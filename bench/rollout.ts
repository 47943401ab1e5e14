/**
 * @file `npm run bench:rollout`: how many tokens a second completions are generated at, by batch size, on a model of a
 * million parameters with random weights. There the graph is small, so what is measured is everything around it. `--large` takes
 * Qwen2.5-0.5B's shape instead, and fewer and shorter completions.
 *
 * Rates are medians of alternated repeats in one process: only ratios of one run are compared.
 */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { generateCompletions, type CompletionRequest } from '../src/main/engine/memgen/completions.ts'
import { MemGenModel } from '../src/main/engine/memgen/memgen-model.ts'
import { runConfigSchema, type RunConfigInput } from '../src/shared/domain/run-config.ts'
import { median } from './median.ts'
import { QWEN_0_5B, TINY_QWEN, writeRandomModel } from './random-model.ts'

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    large: { type: 'boolean', default: false },
    threads: { type: 'string', default: '0' },
    repeats: { type: 'string', default: '5' },
    'cache-dir': { type: 'string', default: join(import.meta.dirname, '../.cache/bench') },
  },
})
const repeats = Number(options.repeats)
const BATCHES = options.large ? [1, 8] : [1, 8, 32]
const PROMPT_LENGTH = 64
const NEW_TOKENS = options.large ? 32 : 64
/** The same for every batch size, and many a batch where there is time: at the end fewer rows are left than the batch has. */
const REQUESTS = options.large ? 16 : 128

interface Workload {
  readonly config: RunConfigInput
  /** Generations of each prompt. */
  readonly repeats: number
}

/** The trigger of random checkpoints inserts wherever it is asked. */
const WORKLOADS: Readonly<Record<string, Workload>> = {
  evaluation: { config: { policy: { kind: 'vanilla' } }, repeats: 1 },
  grpo: { config: { policy: { kind: 'trigger' }, triggerDoSample: true, sampling: { doSample: true, temperature: 1 } }, repeats: 8 },
}

const shape = options.large ? { dir: 'qwen2-0.5b-f32', config: QWEN_0_5B, parameters: '494 M' } : { dir: 'qwen2-1m-f32', config: TINY_QWEN, parameters: '1.1 M' }
const model = await MemGenModel.load(writeRandomModel(join(options['cache-dir'], shape.dir), shape.config), { device: 'cpu', threads: Number(options.threads) })
const rates = new Map<string, number[]>()
for (let repeat = -1; repeat < repeats; repeat++) {
  for (const [name, workload] of Object.entries(WORKLOADS)) {
    for (const batchSize of BATCHES) {
      const rate = await tokensPerSecond(workload, batchSize)
      // The first round only warms up.
      if (repeat >= 0) rates.set(`${name}_b${batchSize}`, [...(rates.get(`${name}_b${batchSize}`) ?? []), rate])
    }
  }
}
await model.release()

const medians = Object.fromEntries([...rates].map(([name, values]) => [name, median(values)]))
const ratios = Object.fromEntries(Object.keys(WORKLOADS).map((name) => [`rollout_${name}_b8_over_b1`, (medians[`${name}_b8`] ?? 0) / (medians[`${name}_b1`] ?? 0)]))
if (options.json) process.stdout.write(`${JSON.stringify({ model: `Qwen2 shape, ${shape.parameters} parameters, f32, random weights`, repeats, tokens_per_s: medians, ratios })}\n`)
else {
  for (const [name, rate] of Object.entries(medians)) process.stdout.write(`${name.padEnd(14)} ${rate.toPrecision(4)} tokens/s\n`)
  for (const [name, ratio] of Object.entries(ratios)) process.stdout.write(`${name} ${ratio.toFixed(2)} (aim 3)\n`)
}

/** Generated tokens a second, reading the prompts and insertions included; rows end when the random model draws the end of a sequence. */
async function tokensPerSecond({ config, repeats }: Workload, batchSize: number): Promise<number> {
  const started = performance.now()
  const completions = await generateCompletions(model, runConfigSchema.parse({ ...config, maxNewTokens: NEW_TOKENS }), requests(REQUESTS, repeats), { batchSize })
  const elapsedMs = performance.now() - started
  return completions.reduce((sum, { tokenIds }) => sum + tokenIds.length, 0) / (elapsedMs / 1000)
}

/** Prompts of different lengths, so that batches are ragged. */
function requests(count: number, repeats: number): CompletionRequest[] {
  return Array.from({ length: count }, (_, index) => {
    const sample = Math.floor(index / repeats)
    const promptIds = Array.from({ length: PROMPT_LENGTH - (sample % 16) }, (_, position) => 33 + ((position * 7 + sample) % 64))
    return { promptIds, sampleId: `${sample}`, repeat: index % repeats }
  })
}
