/**
 * @file `node bench/evaluation-log.ts`: what keeping compact records costs an evaluation: tokens a second of the engine process with eight
 * rows at a time, with the completions thrown away, and with their records sent to the host and committed to a log. Nothing is judged.
 *
 * The model is the bundled demo on its own test questions; `--large` takes a model of Qwen2.5-0.5B's shape with random weights. Both sides
 * take turns in one process tree, so only ratios of one run are compared. This process is the host: the processor time that it uses is
 * printed too, since it can be told apart from noise that is larger than the cost.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { EngineHost, forkEngine } from '../src/main/engine-host/index.ts'
import type { CompletionSample } from '../src/main/engine/protocol.ts'
import { LiveEvaluation } from '../src/main/jobs/evaluation/live-evaluation.ts'
import { openLog, type NewResult } from '../src/main/log/index.ts'
import type { Completion } from '../src/shared/domain/completion.ts'
import type { EvaluationRun } from '../src/shared/domain/evaluation.ts'
import type { ModelId } from '../src/shared/domain/identifiers.ts'
import type { ModelLocation } from '../src/shared/domain/model.ts'
import { runConfigSchema, type RunConfig } from '../src/shared/domain/run-config.ts'
import type { TaskSample } from '../src/shared/domain/task.ts'
import { evaluationPlan, evaluationProvenance, evaluationRequest, evaluationRunId, evaluationStamp, experimentId } from '../test/support/recorded-evaluation.ts'
import { median } from './median.ts'
import { QWEN_0_5B, writeRandomModel } from './random-model.ts'

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    large: { type: 'boolean', default: false },
    repeats: { type: 'string', default: '7' },
    'cache-dir': { type: 'string', default: join(import.meta.dirname, '../.cache/bench') },
  },
})
const BATCH = 8
const rootDir = resolve(import.meta.dirname, '..')
const demoDir = join(rootDir, 'resources/demo-model')
const modelId = 'bench' as ModelId

interface Workload {
  readonly name: string
  readonly aim: number
  readonly location: () => ModelLocation
  readonly config: RunConfig
  readonly sampleCount: number
}

const demo: Workload = {
  name: 'logging_demo',
  aim: 0.9,
  location: () => ({ reasonerDir: join(demoDir, 'base'), checkpointDir: join(demoDir, 'memgen') }),
  config: runConfigSchema.parse({ maxNewTokens: 96, recordTopK: 0, recordNearest: 0 }),
  sampleCount: 200,
}
/** Random weights write no delimiters, so the steps to insert at are listed. */
const large: Workload = {
  name: 'logging_0_5b',
  aim: 0.98,
  location: () => writeRandomModel(join(options['cache-dir'], 'qwen2-0.5b-f32'), QWEN_0_5B),
  config: runConfigSchema.parse({ policy: { kind: 'schedule', steps: [0, 8, 16, 24] }, maxNewTokens: 32, recordTopK: 0, recordNearest: 0 }),
  sampleCount: 16,
}

const workload = options.large ? large : demo
const samples = readQuestions().slice(0, workload.sampleCount)
const stamp = evaluationStamp('bench', samples.length)
const workDir = mkdtempSync(join(tmpdir(), 'memgen-bench-evaluation-'))
const log = await openLog(join(workDir, 'memgen.sqlite'), { now: Date.now })
const engine = new EngineHost(() => forkEngine(join(rootDir, 'src/main/engine/entry.ts')))
try {
  const location = workload.location()
  await engine.load({ modelId, location, device: 'cpu', precision: 'f32', weightsDir: null })
  const rates: { plain: number; logged: number }[] = []
  const hostShares: { plain: number; logged: number }[] = []
  for (let repeat = -1; repeat < Number(options.repeats); repeat++) {
    // The order changes, so that neither side always finds what the other has warmed.
    const first = await turnOf(repeat % 2 === 0 ? plainRate : () => loggedRate(repeat))
    const second = await turnOf(repeat % 2 === 0 ? () => loggedRate(repeat) : plainRate)
    const [plain, logged] = repeat % 2 === 0 ? [first, second] : [second, first]
    // The first round only warms up.
    if (repeat < 0) continue
    rates.push({ plain: plain.rate, logged: logged.rate })
    hostShares.push({ plain: plain.hostShare, logged: logged.hostShare })
  }
  const ratio = median(rates.map(({ plain, logged }) => logged / plain))
  const verdict = ratio >= workload.aim ? 'reached' : 'not reached'
  if (options.json) process.stdout.write(`${JSON.stringify({ batch_size: BATCH, rates, host_shares: hostShares, aim: workload.aim, verdict, ratios: { [workload.name]: ratio } })}\n`)
  else {
    printRow('completions thrown away', `${median(rates.map(({ plain }) => plain)).toFixed(0)} tokens/s`)
    printRow('with records in the log', `${median(rates.map(({ logged }) => logged)).toFixed(0)} tokens/s`)
    const percentOfCore = (shares: readonly number[]): string => `${(100 * median(shares)).toFixed(2)} %`
    printRow('host, of one core', `${percentOfCore(hostShares.map(({ logged }) => logged))} with records, ${percentOfCore(hostShares.map(({ plain }) => plain))} without`)
    printRow(workload.name, `${ratio.toFixed(3)} (aim ${workload.aim}, ${verdict}); by repeat ${rates.map(({ plain, logged }) => (logged / plain).toFixed(2)).join(' ')}`)
  }
} finally {
  await engine.dispose()
  await log.close()
  rmSync(workDir, { recursive: true })
}

interface Turn {
  readonly rate: number
  /** Processor time of this process over the time that passed. */
  readonly hostShare: number
}

async function turnOf(measureRate: () => Promise<number>): Promise<Turn> {
  const started = performance.now()
  const before = process.cpuUsage()
  const rate = await measureRate()
  const { user, system } = process.cpuUsage(before)
  return { rate, hostShare: (user + system) / 1e6 / secondsSince(started) }
}

async function plainRate(): Promise<number> {
  let tokens = 0
  const started = performance.now()
  await engine.call('complete', { modelId, config: workload.config, samples: completionSamples(), batchSize: BATCH }, { onCompletion: ({ tokenIds }) => void (tokens += tokenIds.length) })
  return tokens / secondsSince(started)
}

/** Until the last result is committed. */
async function loggedRate(repeat: number): Promise<number> {
  const live = new LiveEvaluation(log.evaluations, await createRun(repeat), () => undefined, { now: () => performance.now() })
  const byId = new Map(samples.map((sample) => [sample.id, sample]))
  let tokens = 0
  const started = performance.now()
  const onCompletion = (completion: Completion): void => {
    const sample = byId.get(completion.sampleId)
    if (sample === undefined) throw new Error(`internal: no sample ${completion.sampleId}`)
    tokens += completion.tokenIds.length
    live.receive(toResult(sample, completion))
  }
  await engine.call('complete', { modelId, config: workload.config, samples: completionSamples(), batchSize: BATCH, record: 'projected' }, { onCompletion })
  await live.settled()
  const rate = tokens / secondsSince(started)
  if (live.run.totals.done !== samples.length) throw new Error(`internal: ${live.run.totals.done} of ${samples.length} results are in the log`)
  return rate
}

/** A run of its own for each repeat: results that are there already would not be written again. */
async function createRun(repeat: number): Promise<EvaluationRun> {
  const id = evaluationRunId(`bench ${repeat}`)
  const plan = evaluationPlan({ policy: workload.config.policy, seed: workload.config.seed, repeats: 1, latents: 'projected' })
  await log.evaluations.createExperiment({ id: experimentId(`bench ${repeat}`), name: 'Bench', request: evaluationRequest() }, [{ id, name: 'bench', modelName: 'bench', plan, tags: [] }])
  await log.evaluations.saveDataset(stamp, 'demo-new', samples)
  return log.evaluations.update(id, { status: 'running', total: samples.length, datasetId: stamp.id, provenance: evaluationProvenance(stamp), processId: process.pid })
}

function completionSamples(): CompletionSample[] {
  return samples.map(({ prompt, id }) => ({ prompt, sampleId: id, repeat: 0 }))
}

function toResult({ id, domain, prompt }: TaskSample, { text, tokenIds, insertions, finish, error, record }: Completion): NewResult {
  if (record === undefined) throw new Error('internal: a completion without its record')
  const judgement = { reward: null, error: null, extracted: null, expected: null }
  return {
    result: { sampleId: id, repeat: 0, domain, text, turnCount: 1, judgement, tokenCount: tokenIds.length, insertions, finish, error },
    turns: [{ turn: 0, prompt, text, observation: null, record }],
  }
}

/** The demo's test questions. */
function readQuestions(): TaskSample[] {
  const lines = readFileSync(join(demoDir, 'tasks/new-test.jsonl'), 'utf8').trim().split('\n')
  return lines.map((line, index) => {
    const { id, messages, solution } = JSON.parse(line) as { id: string; messages: [{ role: 'user'; content: string }]; solution: string }
    return { id, origin: `new-test.jsonl, line ${index + 1}`, domain: null, prompt: { kind: 'messages', messages: [messages[0]] }, solution, answers: [], extra: {} }
  })
}

function secondsSince(started: number): number {
  return (performance.now() - started) / 1000
}


function printRow(name: string, value: string): void {
  process.stdout.write(`${name.padEnd(28)}${value}\n`)
}
