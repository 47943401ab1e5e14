/**
 * @file Evaluations as a researcher's log holds them, made of nothing but a seed: runs of several policies over one dataset, with turns,
 * asked places and latents. For tests and views of whatever reads runs; nothing is generated. It knows no task and no model.
 */
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import type { EvaluationLog, NewResult } from '../../src/main/log/index.ts'
import type { AskedPlace, CompactRecord, CompactWeave, LatentRecord } from '../../src/shared/domain/compact-record.ts'
import { type EvaluationPlan, evaluationPlanSchema, type EvaluationRun, experimentRequestSchema, type Provenance } from '../../src/shared/domain/evaluation.ts'
import type { EvaluationRunId, ExperimentId } from '../../src/shared/domain/experiment-ids.ts'
import type { MemoryPolicy } from '../../src/shared/domain/memory-policy.ts'
import type { DatasetStamp, TaskSample } from '../../src/shared/domain/task.ts'

/** Ids are brands only the app's own makers may put on; tests are such makers. */
export const evaluationRunId = (text: string) => text as EvaluationRunId
export const experimentId = (text: string) => text as ExperimentId

export interface RecordedEvaluationOptions {
  /** @default 'experiment' */
  readonly id?: string
  /** One for each policy, in the order of {@link policies}, then the same again with the next seed. @default 2 */
  readonly runs?: number
  /** @default 20 */
  readonly samples?: number
  /** @default 1 */
  readonly repeats?: number
  /** Tokens of each generation, at most. @default 24 */
  readonly tokens?: number
  /** @default 'projected' */
  readonly latents?: LatentRecord
  /** Size of the reasoner's and the weaver's hidden states. @default 16 */
  readonly hidden?: number
  /** Generations of each result. @default 1 */
  readonly turns?: number
  /** What all runs are tagged with, besides their policy. @default none */
  readonly tags?: readonly string[]
  /** @default 1 */
  readonly seed?: number
}

export const policies: readonly MemoryPolicy[] = [{ kind: 'vanilla' }, { kind: 'trigger' }, { kind: 'prompt-only' }, { kind: 'always' }, { kind: 'random', probability: 0.5 }]

/** How often each policy is right; memory is made to help. */
const accuracyOf: Readonly<Partial<Record<MemoryPolicy['kind'], number>>> = { vanilla: 0.45, trigger: 0.7, 'prompt-only': 0.6, always: 0.65, random: 0.55 }
const domains = ['algebra', 'geometry', 'number theory']
const delimiters = [',', '.', '\n']
const words = [' the', ' sum', ' of', ' two', ' numbers', ' is', ' 12', ' so', ' we', ' add', ' żółw', ' 🐢']
const LATENTS_A_BLOCK = 4

/** Fills the log. @returns its runs, finished */
export async function recordEvaluation(log: EvaluationLog, options: RecordedEvaluationOptions = {}): Promise<EvaluationRun[]> {
  const { id = 'experiment', runs = 2, samples = 20, repeats = 1, tags = [] } = options
  const taskSamples = Array.from({ length: samples }, (_, index) => evaluationSample(index))
  const stamp = evaluationStamp(`dataset of ${samples}`, samples)
  const made = Array.from({ length: runs }, (_, index) => {
    const policy = policies[index % policies.length] ?? { kind: 'vanilla' }
    const plan = evaluationPlan({ policy, seed: 42 + Math.floor(index / policies.length), repeats, latents: options.latents ?? 'projected' })
    return { id: evaluationRunId(`${id}-${index}`), name: `demo-new ${policy.kind} seed ${plan.config.seed}`, modelName: 'Sample', plan, tags: [policy.kind, ...tags] }
  })
  await log.createExperiment({ id: experimentId(id), name: `Experiment ${id}`, request: evaluationRequest() }, made)
  await log.saveDataset(stamp, 'demo-new', taskSamples)
  const finished = []
  for (const [index, run] of made.entries()) {
    await log.update(run.id, { status: 'running', total: samples * repeats, datasetId: stamp.id, provenance: evaluationProvenance(stamp), processId: process.pid })
    const random = randomOf((options.seed ?? 1) * 1_000 + index)
    const results = taskSamples.flatMap((sample) => Array.from({ length: repeats }, (_, repeat) => evaluationResult(sample, repeat, run.plan, random, options)))
    await log.addResults(run.id, results)
    finished.push(await log.update(run.id, { status: 'finished', processId: null, addedMs: 1_500 * results.length }))
  }
  return finished
}

/** Run `experiment-0`, always inserting, over the three samples of dataset `d`, ready for results. @returns its plan */
export async function startEvaluationRun(evaluations: EvaluationLog, { latents = 'projected', repeats = 1 }: Pick<RecordedEvaluationOptions, 'latents' | 'repeats'> = {}): Promise<EvaluationPlan> {
  const id = evaluationRunId('experiment-0')
  const plan = evaluationPlan({ policy: { kind: 'always' }, seed: 42, repeats, latents })
  await evaluations.createExperiment({ id: experimentId('experiment'), name: 'E', request: evaluationRequest() }, [{ id, name: 'r', modelName: 'Sample', plan, tags: [] }])
  await evaluations.saveDataset(evaluationStamp('d', 3), 'demo-new', [0, 1, 2].map(evaluationSample))
  await evaluations.update(id, { datasetId: 'd' })
  return plan
}

export function evaluationPlan({ policy, seed, repeats, latents }: { policy: MemoryPolicy; seed: number; repeats: number; latents: LatentRecord }): EvaluationPlan {
  return evaluationPlanSchema.parse({ modelId: 'sample', task: { name: 'demo-new', source: { kind: 'bundled' } }, config: { policy, seed, recordTopK: 0, recordNearest: 0 }, repeats, latents, batchSize: 8 })
}

export function evaluationRequest() {
  return experimentRequestSchema.parse({ name: 'Policies', models: ['sample'], tasks: [{ name: 'demo-new', source: { kind: 'bundled' } }], arms: policies.map((policy) => ({ policy })) })
}

export function evaluationSample(index: number): TaskSample {
  const domain = domains[index % domains.length] ?? null
  return {
    id: `sample-${index}`,
    origin: `test.jsonl, line ${index + 1}`,
    domain,
    prompt: { kind: 'messages', messages: [{ role: 'user', content: `What is ${index} + ${index + 1}? (${domain})` }] },
    solution: String(2 * index + 1),
    answers: [],
    extra: {},
  }
}

export function evaluationStamp(id: string, sampleCount: number): DatasetStamp {
  return { id, files: [{ path: 'test.jsonl', sizeBytes: 4_096, sha256: 'ab'.repeat(32) }], sampleCount, problemCount: 1, problems: ['test.jsonl, line 7: question is missing'] }
}

export function evaluationProvenance(dataset: DatasetStamp): Provenance {
  return {
    model: { location: { reasonerDir: '/models/base', checkpointDir: '/models/memgen' }, files: [{ path: 'model.safetensors', sizeBytes: 1_000_000, sha256: 'cd'.repeat(32) }] },
    dataset,
    commit: '0123456789abcdef',
    versions: { node: '24.0.0', 'onnxruntime-node': '1.23.0' },
    device: 'cpu',
    precision: 'f32',
    fallback: null,
    host: { platform: 'linux x64', cpu: 'A processor', cores: 2, memoryBytes: 8e9 },
  }
}

type Random = () => number

/** 0 to 1, of which 24 bits are drawn: such a number is a float32. */
export function randomOf(seed: number): Random {
  const generator = xoroshiro128plus(seed)
  return () => (generator.next() >>> 8) / 2 ** 24
}

/** What one generation gave. A right one says the solution. */
export function evaluationResult(sample: TaskSample, repeat: number, plan: EvaluationPlan, random: Random, { tokens = 24, hidden = 16, turns: turnCount = 1 }: RecordedEvaluationOptions = {}): NewResult {
  const isRight = random() < (accuracyOf[plan.config.policy.kind] ?? 0.5)
  const answer = isRight ? (sample.solution ?? '') : '0'
  const turns = Array.from({ length: turnCount }, (_, turn) => {
    const record = compactRecord({ tokens: Math.max(1, Math.ceil(tokens * (0.5 + random() / 2))), hidden, latents: plan.latents, policy: plan.config.policy }, random)
    const isLast = turn === turnCount - 1
    const observed = Array.from({ length: turn }, (_, before) => ({ role: 'user' as const, content: `observation ${before}` }))
    const messages = sample.prompt.kind === 'messages' ? sample.prompt.messages : []
    return { turn, prompt: { kind: 'messages' as const, messages: [...messages, ...observed] }, text: record.texts.join(''), observation: isLast ? null : `observation ${turn}`, record }
  })
  const asked = turns.flatMap(({ record }) => record.asked.filter(({ decision }) => decision === 1))
  return {
    result: {
      sampleId: sample.id,
      repeat,
      domain: sample.domain,
      text: turns.map(({ text, observation }) => text + (observation ?? '')).join(''),
      turnCount,
      judgement: { reward: Number(isRight), error: null, extracted: answer, expected: sample.solution },
      tokenCount: turns.reduce((sum, { record }) => sum + record.tokenIds.length, 0),
      insertions: { prompt: asked.filter(({ stepIndex }) => stepIndex === 0).length, inference: asked.filter(({ stepIndex }) => stepIndex > 0).length },
      finish: 'eos',
      error: null,
    },
    turns,
  }
}

/** A generation of so many tokens whose text ends in a delimiter now and then, and what was decided there. */
export function compactRecord({ tokens, hidden, latents, policy }: { tokens: number; hidden: number; latents: LatentRecord; policy: MemoryPolicy }, random: Random): CompactRecord {
  const pick = <T>(from: readonly T[]): T | undefined => from[Math.floor(random() * from.length)]
  const texts = Array.from({ length: tokens }, () => (random() < 0.12 ? pick(delimiters) : pick(words)) ?? '')
  const places = policy.kind === 'vanilla' ? [] : texts.flatMap((_, stepIndex) => (stepIndex === 0 || delimiters.includes(texts[stepIndex - 1] ?? '') ? [stepIndex] : []))
  const asked = places.map((stepIndex): AskedPlace => {
    const triggerLogits: [number, number] | null = policy.kind === 'trigger' ? [4 * random() - 2, 4 * random() - 2] : null
    const inserts = triggerLogits === null ? policy.kind === 'always' || stepIndex === 0 || (policy.kind === 'random' && random() < policy.probability) : triggerLogits[1] > triggerLogits[0]
    const source = triggerLogits === null ? 'policy' : 'model'
    return { stepIndex, decision: inserts ? 1 : 0, source, delimiter: stepIndex === 0 ? null : (texts[stepIndex - 1] ?? null), triggerLogits }
  })
  const weaves = asked.filter(({ decision }) => decision === 1).map(({ stepIndex }) => compactWeave(stepIndex, hidden, latents, random))
  const numbers = (scale: number): Float32Array => Float32Array.from({ length: tokens }, () => scale * random())
  return { promptTokenCount: 20, tokenIds: Int32Array.from({ length: tokens }, () => Math.floor(random() * 150_000)), texts, logprobs: numbers(-2), entropies: numbers(3), asked, donors: null, weaves }
}

/** Blocks lie around two centres, so that clusters can be found. */
function compactWeave(stepIndex: number, hidden: number, latents: LatentRecord, random: Random): CompactWeave {
  const centre = random() < 0.5 ? 1 : -1
  const block = (): Float32Array => Float32Array.from({ length: LATENTS_A_BLOCK * hidden }, (_, at) => (at % 2 === 0 ? centre : 0) + random() - 0.5)
  const projected = block()
  return {
    stepIndex,
    kind: stepIndex === 0 ? 'prompt' : 'inference',
    contextLength: 20 + stepIndex,
    norms: Array.from({ length: LATENTS_A_BLOCK }, (_, row) => Math.fround(Math.hypot(...projected.subarray(row * hidden, (row + 1) * hidden)))),
    latents: latents === 'none' ? null : projected,
    latentsBeforeProjection: latents === 'all' ? block() : null,
  }
}
