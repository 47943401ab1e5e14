/**
 * @file Which rows each optimizer step takes: seeded epochs, batches of rows of like length, accumulation. Knows rows by
 * index and length only.
 */
import { seededStream, shuffle } from './seeded-stream.ts'

export interface BatchPlanOptions {
  readonly seed: number
  /** Rows of one forward and backward pass. */
  readonly batchSize: number
  /** Batches of one optimizer step. @default 1 */
  readonly gradientAccumulationSteps?: number
  /** Batches of rows of like length, so that little is padded. @default false */
  readonly bucketByLength?: boolean
  /** Leave an incomplete last batch out, as TRL's RepeatSampler does with prompts. @default false */
  readonly dropLast?: boolean
  /** Passes over the rows; may end in the middle of one. */
  readonly numTrainEpochs: number
  /** Optimizer steps; where set, it decides instead of the epochs. @default null */
  readonly maxSteps?: number | null
}

/** The batches of one optimizer step, each a list of row indices. */
export type StepBatches = readonly (readonly number[])[]

export interface BatchPlan {
  readonly stepsPerEpoch: number
  readonly totalSteps: number
  /** Batches of optimizer step `step`, counted from 0. Depends on nothing that was asked before, so a run resumes at any step. */
  batchesOf(step: number): StepBatches
}

/** Rows are sorted by length within this many batches (transformers' LengthGroupedSampler), so epochs still differ. */
const BATCHES_SORTED_TOGETHER = 50

/**
 * Plans a run over rows of the given lengths (tokens). Every epoch takes every row once, in an order of its own; its last step may
 * have fewer batches, and its last batch fewer rows.
 * @throws RangeError when there are no rows for a single batch
 */
export function planBatches(lengths: readonly number[], options: BatchPlanOptions): BatchPlan {
  const { gradientAccumulationSteps = 1, numTrainEpochs, maxSteps = null } = options
  const stepsPerEpoch = Math.ceil(countBatches(lengths.length, options) / gradientAccumulationSteps)
  if (stepsPerEpoch === 0) throw new RangeError(`expected rows for a batch of ${options.batchSize}, found ${lengths.length}`)
  let prepared: { readonly epoch: number; readonly batches: readonly (readonly number[])[] } | undefined
  return {
    stepsPerEpoch,
    totalSteps: maxSteps ?? Math.ceil(numTrainEpochs * stepsPerEpoch),
    batchesOf(step) {
      const epoch = Math.floor(step / stepsPerEpoch)
      if (prepared?.epoch !== epoch) prepared = { epoch, batches: epochBatches(lengths, epoch, options) }
      const start = (step % stepsPerEpoch) * gradientAccumulationSteps
      return prepared.batches.slice(start, start + gradientAccumulationSteps)
    },
  }
}

/** All batches of one epoch, in their order; epochs count from 0. */
export function epochBatches(
  lengths: readonly number[],
  epoch: number,
  { seed, batchSize, bucketByLength = false, dropLast = false }: Pick<BatchPlanOptions, 'seed' | 'batchSize' | 'bucketByLength' | 'dropLast'>,
): readonly (readonly number[])[] {
  const random = seededStream(seed, 'batches', epoch)
  const order = shuffle([...lengths.keys()], random)
  if (!bucketByLength) return cut(order, batchSize).filter((batch) => !dropLast || batch.length === batchSize)
  const sorted = cut(order, batchSize * BATCHES_SORTED_TOGETHER).flatMap((rows) => rows.sort((a, b) => lengths[a]! - lengths[b]!))
  const batches = cut(sorted, batchSize).filter((batch) => !dropLast || batch.length === batchSize)
  // Without this, each stretch of an epoch would go from short rows to long ones.
  return shuffle(batches, random)
}

function countBatches(rowCount: number, { batchSize, dropLast = false }: Pick<BatchPlanOptions, 'batchSize' | 'dropLast'>): number {
  return dropLast ? Math.floor(rowCount / batchSize) : Math.ceil(rowCount / batchSize)
}

function cut(items: readonly number[], size: number): number[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) => items.slice(index * size, (index + 1) * size))
}
