/**
 * @file GRPO over groups of rollouts, whichever part of the model is trained by them: draws, judges, and takes one or several steps
 * on each set. Knows no graph (docs/REFERENCE.md 6).
 */
import type { GrpoConfig, TrainingConfig } from '../../../shared/domain/training.ts'
import type { TrainingSample } from '../../../shared/domain/training-event.ts'
import type { Sample } from '../../tasks/index.ts'
import { planBatches, type BatchPlan } from './batches.ts'
import type { Dropout } from './dropout-masks.ts'
import { advantageSpread, groupAdvantages } from './group-advantages.ts'
import { grpoLoss, tokenWeights, type GrpoMetrics as ClipMetrics } from './grpo.ts'
import type { LossColumns } from './loss-feeds.ts'
import type { ParameterSet } from './parameter-set.ts'
import { sum } from './sft-task.ts'
import type { StepOptions, StepResult } from './step-result.ts'
import { insertionCount, shownSample, type Rollout } from './training-rollouts.ts'
import type { EvaluationOutcome, StepOutcome, TrainingTask } from './training-task.ts'

/** A rollout as the trained part sees it: how many things of it are learnt from, and the batch item that computes them. */
export interface GrpoRow<Item> {
  readonly items: readonly Item[]
  readonly targetCount: number
  readonly tokens: number
}

/** A model that learns from rollouts. */
export interface RolloutModel<Item> {
  readonly parameters: ParameterSet
  draw(samples: readonly Sample[], seed: number, numGenerations: number): Promise<Rollout[]>
  rowOf(rollout: Rollout): GrpoRow<Item>
  /** What is learnt from, after everything but the score was counted, such as penalties on activations; null where nothing is. */
  rewardsOf(rollouts: readonly Rollout[]): readonly (number | null)[]
  run(items: readonly Item[], parameters: ParameterSet, columns: LossColumns, options?: StepOptions): Promise<StepResult>
  hasGradient(items: readonly Item[], name: string): boolean
  save(directory: string): void
  release(): Promise<void>
}

/** Rollouts of one set of prompts, with what every step on them needs. */
interface RolloutSet<Item> {
  readonly group: number
  readonly rollouts: readonly Rollout[]
  readonly rewards: readonly (number | null)[]
  readonly advantages: Float32Array
  readonly batches: readonly RowBatch<Item>[]
}

/** Rows of one forward and backward pass. */
interface RowBatch<Item> {
  readonly rows: readonly GrpoRow<Item>[]
  readonly advantages: Float32Array
  /** Of the policy that drew them, once the first step has computed them. */
  oldLogProbs?: Float32Array
  refLogProbs?: Float32Array
}

export interface GrpoTaskOptions {
  readonly config: TrainingConfig
  readonly train: readonly Sample[]
  readonly validation: readonly Sample[]
  /** The masks of one optimizer step. */
  readonly dropoutAt: (step: number) => Dropout
}

export class GrpoTask<Item> implements TrainingTask {
  readonly parameters: ParameterSet
  readonly totalSteps: number
  readonly stepsPerEpoch: number
  readonly stepsPerGroup: number
  readonly #model: RolloutModel<Item>
  readonly #options: GrpoTaskOptions
  readonly #grpo: GrpoConfig
  readonly #plan: BatchPlan
  /** The policy that divergence is measured from: where the run started. */
  readonly #reference: ParameterSet
  #set: RolloutSet<Item> | undefined

  constructor(model: RolloutModel<Item>, options: GrpoTaskOptions) {
    const { grpo, optimisation, seed } = options.config
    if (grpo === null) throw new Error('internal: GRPO without its settings')
    this.parameters = model.parameters
    this.#reference = model.parameters.snapshot()
    this.#model = model
    this.#options = options
    this.#grpo = grpo
    const promptsPerStep = (optimisation.batchSize * optimisation.gradientAccumulationSteps) / grpo.numGenerations
    const { numTrainEpochs, maxSteps } = optimisation
    // Each set of prompts is used for `numIterations` steps.
    this.#plan = planBatches(options.train.map(() => 1), { seed, batchSize: promptsPerStep, dropLast: true, numTrainEpochs })
    this.stepsPerGroup = grpo.numIterations
    this.stepsPerEpoch = this.#plan.stepsPerEpoch * grpo.numIterations
    this.totalSteps = maxSteps ?? this.#plan.totalSteps * grpo.numIterations
  }

  async computeStep(step: number, gradients: ParameterSet): Promise<StepOutcome> {
    const set = await this.#rolloutSet(Math.floor(step / this.stepsPerGroup))
    const share = 1 / set.batches.length
    const results: BatchResult[] = []
    const dropout = this.#options.dropoutAt(step)
    for (const batch of set.batches) results.push(await this.#runBatch(batch, share, { gradients, dropout }))
    const items = set.batches.flatMap(({ rows }) => rows.flatMap((row) => row.items))
    const { rollouts } = set
    return {
      loss: sum(results, ({ loss }) => loss),
      tokens: sum(set.batches, ({ rows }) => sum(rows, ({ tokens }) => tokens)),
      supervisedTokens: sum(results, ({ targetCount }) => targetCount),
      hasGradient: (name) => this.#model.hasGradient(items, name),
      grpo: {
        ...rewardStatistics(set.rollouts),
        advantageSpread: advantageSpread(set.advantages, this.#grpo.numGenerations),
        ...meanMetrics(results),
        insertionsPerCompletion: sum(rollouts, ({ completion }) => insertionCount(completion)) / rollouts.length,
        completionLength: sum(rollouts, ({ completion }) => completion.tokenIds.length) / rollouts.length,
        rewardFailures: set.rewards.filter((reward) => reward === null).length,
      },
      samples: rollouts.slice(0, this.#options.config.samples.count).map((rollout) => shownSample(step + 1, rollout)),
    }
  }

  async evaluate(): Promise<EvaluationOutcome | null> {
    const { validation, config } = this.#options
    if (validation.length === 0) return null
    const rollouts = await this.#model.draw(validation, config.seed, 1)
    return { loss: null, rewardMean: rewardStatistics(rollouts).rewardMean, sampleCount: judgedRewards(rollouts).length }
  }

  /** Rollouts are shown as they are drawn; there is nothing else to draw. */
  drawSamples(): Promise<readonly TrainingSample[]> {
    return Promise.resolve([])
  }

  save(directory: string): void {
    this.#model.save(directory)
  }

  release(): Promise<void> {
    return this.#model.release()
  }

  async #rolloutSet(group: number): Promise<RolloutSet<Item>> {
    if (this.#set?.group === group) return this.#set
    const { config, train } = this.#options
    const samples = this.#plan.batchesOf(group).flat().flatMap((index) => train[index] ?? [])
    // The same prompt comes again in another epoch, and must be drawn anew.
    const rollouts = await this.#model.draw(samples, config.seed + group, this.#grpo.numGenerations)
    const rewards = this.#model.rewardsOf(rollouts)
    const { advantages } = groupAdvantages(rewards, this.#grpo)
    const { batchSize } = config.optimisation
    const batches: RowBatch<Item>[] = []
    for (let start = 0; start < rollouts.length; start += batchSize) {
      const rows = rollouts.slice(start, start + batchSize).map((rollout) => this.#model.rowOf(rollout))
      batches.push({ rows, advantages: advantages.subarray(start, start + rows.length) })
    }
    this.#set = { group, rollouts, rewards, advantages, batches }
    return this.#set
  }

  async #runBatch(batch: RowBatch<Item>, share: number, options: StepOptions): Promise<BatchResult> {
    const { rows } = batch
    const items = rows.flatMap((row) => row.items)
    const targetCount = sum(rows, (row) => row.targetCount)
    const columns = Math.max(1, ...rows.map((row) => row.targetCount))
    const mask = new Uint8Array(rows.length * columns)
    for (const [row, { targetCount: count }] of rows.entries()) mask.fill(1, row * columns, row * columns + count)
    if (targetCount === 0) return { loss: 0, targetCount, metrics: { kl: this.#grpo.beta === 0 ? null : 0, clipRatioLow: 0, clipRatioHigh: 0, clipRatioRegion: 0 } }
    const grid = { rows: rows.length, columns }
    const { lossType, maxCompletionLength, beta } = this.#grpo
    const weights = pick(tokenWeights(mask, grid, { lossType, maxCompletionLength }), mask).map((weight) => weight * share)
    const advantages = Float32Array.from(rows.flatMap((row, index) => new Array<number>(row.targetCount).fill(batch.advantages[index] ?? 0)))
    if (beta !== 0) batch.refLogProbs ??= (await this.#model.run(items, this.#reference, { weights, advantages, refLogProbs: new Float32Array(targetCount) })).logProbs
    const old = batch.oldLogProbs
    const { loss, logProbs } = await this.#model.run(items, this.parameters, { weights, advantages, oldLogProbs: old, refLogProbs: batch.refLogProbs }, options)
    batch.oldLogProbs ??= logProbs
    const spread = (values: Float32Array | undefined): Float32Array => scatter(values ?? logProbs, mask)
    const metrics = grpoLoss(
      { ...grid, logps: spread(logProbs), oldLogps: spread(old), refLogps: spread(batch.refLogProbs), mask, advantages: batch.advantages },
      { ...this.#grpo },
    )
    return { loss, targetCount, metrics }
  }
}

interface BatchResult {
  readonly loss: number
  readonly targetCount: number
  readonly metrics: ClipMetrics
}

/** The masked elements, in order. */
function pick(values: Float32Array, mask: Uint8Array): Float32Array {
  return values.filter((_, index) => mask[index] === 1)
}

/** The other way round, 0 elsewhere. */
function scatter(values: Float32Array, mask: Uint8Array): Float32Array {
  let next = 0
  return Float32Array.from(mask, (isSet) => (isSet === 1 ? (values[next++] ?? 0) : 0))
}

/** Of the rollouts that could be judged. */
function judgedRewards(rollouts: readonly Rollout[]): number[] {
  return rollouts.flatMap(({ score }) => (score !== null && 'reward' in score ? [score.reward] : []))
}

/** null where none could be judged. */
function rewardStatistics(rollouts: readonly Rollout[]): { rewardMean: number | null; rewardStd: number | null } {
  const rewards = judgedRewards(rollouts)
  if (rewards.length === 0) return { rewardMean: null, rewardStd: null }
  const rewardMean = sum(rewards, (reward) => reward) / rewards.length
  return { rewardMean, rewardStd: Math.sqrt(sum(rewards, (reward) => (reward - rewardMean) ** 2) / rewards.length) }
}

/** Means over batches, each weighing as much as it has targets. */
function meanMetrics(results: readonly BatchResult[]): ClipMetrics {
  const total = Math.max(1, sum(results, ({ targetCount }) => targetCount))
  const mean = (of: (metrics: ClipMetrics) => number): number => sum(results, ({ metrics, targetCount }) => of(metrics) * targetCount) / total
  return {
    kl: results.some(({ metrics }) => metrics.kl === null) ? null : mean(({ kl }) => kl ?? 0),
    clipRatioLow: mean(({ clipRatioLow }) => clipRatioLow),
    clipRatioHigh: mean(({ clipRatioHigh }) => clipRatioHigh),
    clipRatioRegion: mean(({ clipRatioRegion }) => clipRatioRegion),
  }
}
