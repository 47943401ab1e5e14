/**
 * @file What 8 and 4 bits cost in accuracy: perplexity on given texts, and how far greedy generations and the trigger's decisions agree
 * with those in float32, on the demo model's held-out problems and on the golden cases. Writes src/shared/quantization-cost/measured-cost.ts,
 * which the Models view shows: `node bench/quantization-cost.ts --write`; without `--write` it prints a table only.
 *
 * Another model is measured with `--model <folder> [--checkpoint <folder>] --data <conversations.jsonl>` and printed.
 */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parseArgs } from 'node:util'
import { Probe } from '../src/main/engine/analysis/probe.ts'
import { MemGenModel } from '../src/main/engine/memgen/memgen-model.ts'
import { Rollout } from '../src/main/engine/memgen/rollout.ts'
import type { StepResult } from '../src/main/engine/memgen/step-record.ts'
import type { ModelLocation } from '../src/shared/domain/model.ts'
import { runConfigSchema, type RunConfigInput } from '../src/shared/domain/run-config.ts'
import type { MeasuredCosts, QuantizationCost } from '../src/shared/quantization-cost/quantization-cost.ts'
import { readConversationSubject, readDemoSubjects, readGoldenSubject, type CostPart, type CostSubject, type CostText } from './quantization-subjects.ts'

const { values: options } = parseArgs({
  options: {
    write: { type: 'boolean', default: false },
    limit: { type: 'string', default: '200' },
    threads: { type: 'string', default: '1' },
    model: { type: 'string' },
    checkpoint: { type: 'string' },
    data: { type: 'string' },
  },
})
const limit = Number(options.limit)
const threads = Number(options.threads)
const BATCH = 25
const root = join(import.meta.dirname, '..')
const target = join(root, 'src/shared/quantization-cost/measured-cost.ts')

const costs: QuantizationCost[] = []
for (const subject of readSubjects()) costs.push(...(await measure(subject)))
printTable()
if (options.write) writeMeasured()

interface Answers {
  /** Sum of negative log-likelihoods over `tokens`. */
  readonly loss: number
  readonly tokens: number
  /** Steps by prompt. */
  readonly completions: readonly (readonly StepResult[])[]
  /** By prompt; undefined where nobody can say. */
  readonly solved: readonly (boolean | undefined)[]
}

function readSubjects(): CostSubject[] {
  if (options.model === undefined) return [...readDemoSubjects(limit), readGoldenSubject()]
  if (options.data === undefined) throw new Error('--model needs --data with conversations')
  const location: ModelLocation = { reasonerDir: options.model, ...(options.checkpoint === undefined ? {} : { checkpointDir: options.checkpoint }) }
  return [readConversationSubject(`${basename(options.model)}, ${basename(options.data)}`, location, options.data, limit)]
}

async function measure(subject: CostSubject): Promise<QuantizationCost[]> {
  const exact = await answer(subject, 'f32')
  const measured: QuantizationCost[] = []
  for (const precision of ['q8', 'q4'] as const) measured.push(compare(subject.name, precision, exact, await answer(subject, precision)))
  return measured
}

async function answer({ name, parts }: CostSubject, precision: 'f32' | 'q8' | 'q4'): Promise<Answers> {
  process.stderr.write(`${name}, ${precision}\n`)
  const answers: Answers[] = []
  for (const part of parts) answers.push(await answerPart(part, precision))
  return {
    loss: answers.reduce((sum, { loss }) => sum + loss, 0),
    tokens: answers.reduce((sum, { tokens }) => sum + tokens, 0),
    completions: answers.flatMap(({ completions }) => completions),
    solved: answers.flatMap(({ solved }) => solved),
  }
}

async function answerPart({ location, texts, config }: CostPart, precision: 'f32' | 'q8' | 'q4'): Promise<Answers> {
  const model = await MemGenModel.load(location, { device: 'cpu', precision, threads })
  try {
    const encoded = texts(model.tokenizer)
    const completions = await generate(model, config, encoded)
    const solved = encoded.map(({ isSolvedBy }, index) => isSolvedBy?.(model.tokenizer.decode(completions[index]?.map(({ step }) => step.tokenId) ?? [])))
    return { ...(await readTexts(model, encoded)), completions, solved }
  } finally {
    await model.release()
  }
}

/** The continuations' likelihood, each after its prompt and without memory. */
async function readTexts(model: MemGenModel, texts: readonly CostText[]): Promise<{ loss: number; tokens: number }> {
  const probe = await Probe.open(model.config, model.reasonerLocations, { threads })
  let loss = 0
  let tokens = 0
  for (const { promptIds, continuationIds } of texts) {
    const ids = [...promptIds, ...continuationIds]
    let position = promptIds.length - 1
    const positions = continuationIds.map((_, index) => position + index)
    for await (const logits of probe.logitsAt({ ids, latents: new Float32Array(0) }, positions)) {
      loss -= logProbability(logits, ids[position + 1] ?? NaN)
      position++
    }
    tokens += continuationIds.length
  }
  await probe.release()
  return { loss, tokens }
}

function logProbability(logits: Float32Array, tokenId: number): number {
  const largest = logits.reduce((max, logit) => Math.max(max, logit), -Infinity)
  const weight = logits.reduce((sum, logit) => sum + Math.exp(logit - largest), 0)
  return (logits[tokenId] ?? NaN) - largest - Math.log(weight)
}

async function generate(model: MemGenModel, input: RunConfigInput, texts: readonly CostText[]): Promise<StepResult[][]> {
  const config = runConfigSchema.parse({ recordNearest: 0, recordTopK: 0, ...input })
  const completions: StepResult[][] = []
  for (let start = 0; start < texts.length; start += BATCH) {
    const rows = texts.slice(start, start + BATCH).map(({ promptIds }, row) => ({ id: `${row}`, promptIds: [...promptIds], sampleId: `${start + row}`, repeat: 0 }))
    const rollout = Rollout.open(model, config, rows)
    const results: StepResult[][] = rows.map(() => [])
    while (!rollout.isFinished) for (const result of await rollout.step()) results[result.row]?.push(result)
    rollout.dispose()
    completions.push(...results)
  }
  return completions
}

function compare(subject: string, precision: 'q8' | 'q4', exact: Answers, quantized: Answers): QuantizationCost {
  let [tokens, agreed, identical, asked, equal] = [0, 0, 0, 0, 0]
  for (const [index, steps] of exact.completions.entries()) {
    const others = quantized.completions[index] ?? []
    const different = steps.findIndex(({ step }, place) => others[place]?.step.tokenId !== step.tokenId)
    const length = different < 0 ? steps.length : different
    tokens += steps.length
    agreed += length
    if (different < 0 && others.length === steps.length) identical++
    // The step that differs still decided after the same context, unless an earlier decision was another one.
    for (const [place, { step }] of steps.slice(0, length + 1).entries()) {
      const other = others[place]?.step
      if (other === undefined || step.decisionSource !== 'model') continue
      asked++
      if (other.decision !== step.decision) break
      equal++
    }
  }
  return {
    subject,
    precision,
    perplexity: { f32: Math.exp(exact.loss / exact.tokens), quantized: Math.exp(quantized.loss / quantized.tokens), tokens: exact.tokens },
    agreement: { completions: exact.completions.length, identical: identical / exact.completions.length, tokens, beforeDivergence: agreed / tokens },
    decisions: asked === 0 ? null : { asked, equal: equal / asked },
    solved: exact.solved.includes(undefined) ? null : { f32: shareOf(exact.solved), quantized: shareOf(quantized.solved) },
  }
}

function shareOf(solved: readonly (boolean | undefined)[]): number {
  return solved.filter(Boolean).length / solved.length
}

function printTable(): void {
  const percent = (share: number): string => `${(share * 100).toFixed(1)} %`
  for (const { subject, precision, perplexity, agreement, decisions, solved } of costs) {
    process.stdout.write(
      `${subject.padEnd(34)} ${precision}  perplexity ${perplexity.f32.toFixed(4)} -> ${perplexity.quantized.toFixed(4)} (${perplexity.tokens} tokens)  ` +
        `identical ${percent(agreement.identical)} of ${agreement.completions}, tokens before ${percent(agreement.beforeDivergence)}  ` +
        `decisions ${decisions === null ? 'none' : `${percent(decisions.equal)} of ${decisions.asked}`}  ` +
        `solved ${solved === null ? 'unknown' : `${percent(solved.f32)} -> ${percent(solved.quantized)}`}\n`,
    )
  }
}

function writeMeasured(): void {
  const { stdout } = spawnSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8' })
  const measured: MeasuredCosts = {
    measuredOn: new Date().toISOString().slice(0, 10),
    commit: stdout.trim(),
    command: `node bench/quantization-cost.ts --write --limit ${limit}`,
    device: 'cpu',
    costs: costs.map(rounded),
  }
  writeFileSync(
    target,
    '/** @file What 8 and 4 bits cost in accuracy, as measured. Written by bench/quantization-cost.ts; it knows no other model than those named. */\n' +
      "import type { MeasuredCosts } from './quantization-cost.ts'\n\n" +
      `export const measuredCosts: MeasuredCosts = ${JSON.stringify(measured, null, 2)}\n`,
  )
}

/** Five digits say all that such numbers can. */
function rounded(cost: QuantizationCost): QuantizationCost {
  return JSON.parse(JSON.stringify(cost, (_, value: unknown) => (typeof value === 'number' ? Number(value.toPrecision(5)) : value))) as QuantizationCost
}
