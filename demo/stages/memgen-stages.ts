/**
 * @file The later stages, all runs of the workbench's own trainer: the weaver on the new domain, the trigger on both, and the baseline that
 * trains the reasoner itself. Knows no gradient.
 */
import { cpSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { completeTrainingConfig, type TrainingConfigInput } from '../../src/shared/domain/training-defaults.ts'
import type { TrainingLora } from '../../src/shared/domain/training.ts'
import { runTraining } from '../../src/main/engine/training/run-training.ts'
import type { DemoSample } from '../domains/sample.ts'
import { TRAINING_SPLITS } from '../domains/splits.ts'
import type { StageProgress } from './stage.ts'

const allModules = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj']
const adapter: TrainingLora = { r: 16, loraAlpha: 32, loraDropout: 0, targetModules: allModules }
const triggerAdapter: TrainingLora = { r: 8, loraAlpha: 16, loraDropout: 0, targetModules: ['q_proj', 'v_proj'] }
const sftSteps = 1800
const sftOptimisation = {
  learningRate: 2e-3,
  schedule: 'cosine',
  warmupRatio: 0.05,
  batchSize: 32,
  maxSteps: sftSteps,
  bucketByLength: true,
  maxLength: 128,
} as const
const unwatched = {
  evaluation: { strategy: 'none' },
  checkpoints: { strategy: 'none', loadBestModelAtEnd: false },
  samples: { steps: 0 },
} as const

/** The weaver and the baseline get the same data, rank and steps. */
export const WEAVER = {
  seed: 11,
  sampleCount: sftSteps * sftOptimisation.batchSize,
  optimisation: sftOptimisation,
  model: {
    weaverLora: adapter,
    triggerLora: triggerAdapter,
    promptLatentsLen: 4,
    inferenceLatentsLen: 2,
    maxPromptAugNum: 1,
    maxInferenceAugNum: 4,
    projectionInit: 'identity',
  },
} as const

export const BASELINE = { seed: 11, sampleCount: WEAVER.sampleCount, optimisation: sftOptimisation, reasonerLora: adapter } as const

export const TRIGGER = {
  seed: 12,
  steps: 500,
  promptsPerStep: 8,
  optimisation: { learningRate: 5e-4, schedule: 'cosine', warmupRatio: 0.05, batchSize: 64, maxSteps: 500 },
  // Small beside a right answer. Rewards keep their scale: divided by a group's deviation, the cost alone would count as much as
  // an answer wherever a whole group is wrong, and the trigger stops inserting before it has seen what insertions are good for.
  grpo: { numGenerations: 8, lossType: 'bnpo', temperature: 1, maxCompletionLength: 80, insertionCost: 0.02, scaleRewards: false },
} as const

export async function weave(directory: string, reasonerDir: string, settings: typeof WEAVER, onProgress: StageProgress): Promise<void> {
  const trainFile = writeSamples(directory, settings.sampleCount, (index) => TRAINING_SPLITS.new(settings.seed, index))
  await trainInto(directory, { stage: 'weaver', seed: settings.seed, ...unwatched, optimisation: { ...settings.optimisation }, model: { reasonerDir, ...settings.model }, dataset: { trainFile, validationRatio: 0 } }, onProgress)
}

export async function trainBaseline(directory: string, reasonerDir: string, settings: typeof BASELINE, onProgress: StageProgress): Promise<void> {
  const trainFile = writeSamples(directory, settings.sampleCount, (index) => TRAINING_SPLITS.new(settings.seed, index))
  await trainInto(directory, { stage: 'pretrain', seed: settings.seed, ...unwatched, optimisation: { ...settings.optimisation }, model: { reasonerDir, reasonerLora: settings.reasonerLora }, dataset: { trainFile, validationRatio: 0 } }, onProgress)
}

/** Problems of both domains in turn: on one the memory helps, on the other it costs. */
export async function trainTrigger(directory: string, reasonerDir: string, checkpointDir: string, settings: typeof TRIGGER, onProgress: StageProgress): Promise<void> {
  const { seed, steps, promptsPerStep } = settings
  const trainFile = writeSamples(directory, steps * promptsPerStep, (index) => (index % 2 === 0 ? TRAINING_SPLITS.base : TRAINING_SPLITS.new)(seed, index))
  const { promptLatentsLen, inferenceLatentsLen, maxInferenceAugNum } = WEAVER.model
  await trainInto(
    directory,
    {
      stage: 'trigger',
      seed,
      ...unwatched,
      optimisation: { ...settings.optimisation },
      grpo: { ...settings.grpo },
      model: { reasonerDir, checkpointDir, promptLatentsLen, inferenceLatentsLen, maxInferenceAugNum, triggerActive: true, triggerLora: triggerAdapter },
      dataset: { trainFile, validationRatio: 0, trainShare: 1, reward: 'exact' },
    },
    onProgress,
  )
}

/** Runs the trainer and leaves its result alone in `directory`. */
async function trainInto(directory: string, input: Omit<TrainingConfigInput, 'outputDirectory'>, onProgress: StageProgress): Promise<void> {
  const outputDirectory = join(directory, 'run')
  let steps = 0
  await runTraining(completeTrainingConfig({ ...input, outputDirectory }), {
    signal: { stopRequested: false, pauseRequested: false },
    onEvent: (event) => {
      if (event.kind === 'started') steps = event.totalSteps
      if (event.kind === 'warning') console.log(event.message)
      if (event.kind !== 'step') return
      const { grpo } = event
      onProgress({ step: event.step, steps, values: grpo === null ? { loss: event.loss } : { loss: event.loss, reward: grpo.rewardMean ?? Number.NaN, insertions: grpo.insertionsPerCompletion } })
    },
  })
  rmSync(input.dataset.trainFile)
  cpSync(join(outputDirectory, 'final'), directory, { recursive: true })
  rmSync(outputDirectory, { recursive: true })
}

function writeSamples(directory: string, count: number, draw: (index: number) => DemoSample): string {
  mkdirSync(directory, { recursive: true })
  const path = join(directory, 'train.jsonl')
  const lines = Array.from({ length: count }, (_, index) => {
    const { messages, solution } = draw(index)
    return JSON.stringify({ id: `sample-${index}`, messages, solution })
  })
  writeFileSync(`${path}.partial`, lines.join('\n'))
  renameSync(`${path}.partial`, path)
  return path
}
