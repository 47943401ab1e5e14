/** @file The defaults of a training run by stage and method, and how a partial config becomes a complete one. Sources stand at the fields (training.ts). */
import { trainingConfigSchema, type TrainingConfig, type TrainingLora, type TrainingMethod, type TrainingStage } from './training.ts'

/** Every field optional, at any depth; arrays and null stand as a whole. */
type Partly<Value> = Value extends readonly unknown[] ? Value : Value extends object ? { [Key in keyof Value]?: Partly<Value[Key]> | undefined } : Value

/** What must be said; the rest has defaults. */
export type TrainingConfigInput = Partly<Omit<TrainingConfig, 'stage' | 'outputDirectory'>> & {
  stage: TrainingStage
  outputDirectory: string
  model: { reasonerDir: string }
  dataset: { trainFile: string }
}

const defaultLora: Readonly<TrainingLora> = { r: 16, loraAlpha: 32, loraDropout: 0.1, targetModules: ['q_proj', 'v_proj'] }

/** How a stage is trained if nothing else is said. */
export const defaultMethods: Readonly<Record<TrainingStage, TrainingMethod>> = { weaver: 'sft', trigger: 'grpo', pretrain: 'sft' }

/**
 * Fills what is missing.
 *
 * @throws {ZodError} with the path of every wrong, unknown or contradicting field
 */
export function completeTrainingConfig(input: TrainingConfigInput): TrainingConfig {
  const { stage, method = defaultMethods[stage] } = input
  const completed = overlay(trainingDefaults(stage, method), input) as { model: { reasonerLora?: unknown } }
  // null is the default here and says something, so it cannot be merged into field by field.
  const { reasonerLora } = completed.model
  if (isPlainObject(reasonerLora)) completed.model.reasonerLora = overlay({ ...defaultLora }, reasonerLora)
  return trainingConfigSchema.parse(completed)
}

/** All defaults of one stage and method: a config without its places. */
export function trainingDefaults(stage: TrainingStage, method: TrainingMethod) {
  const isGrpo = method === 'grpo'
  const isTrigger = stage === 'trigger'
  return {
    stage,
    method,
    device: 'cpu',
    seed: 42,
    model: {
      weightInit: 'pretrained',
      weaverLora: { ...defaultLora },
      triggerLora: { ...defaultLora },
      reasonerLora: null,
      promptLatentsLen: 8,
      inferenceLatentsLen: 8,
      maxPromptAugNum: 1,
      maxInferenceAugNum: 5,
      triggerActive: isTrigger,
      projectionInit: 'pytorch',
    },
    dataset: { name: null, validationFile: null, validationRatio: 0.1, trainShare: isTrigger ? 1 / 3 : 1, reward: isGrpo ? 'boxed' : null, format: 'auto' },
    optimisation: {
      learningRate: 1e-5,
      betas: [0.9, 0.999],
      eps: 1e-8,
      weightDecay: 0,
      decayNormsAndBiases: false,
      schedule: 'cosine',
      warmupRatio: 0.1,
      batchSize: isGrpo ? 8 : 4,
      gradientAccumulationSteps: 1,
      maxGradNorm: 1,
      numTrainEpochs: isGrpo ? 1 : 2,
      maxSteps: null,
      maxLength: 1024,
      bucketByLength: false,
    },
    evaluation: { strategy: isGrpo ? 'none' : 'epoch', steps: 100, batchSize: isGrpo ? 8 : 4 },
    checkpoints: { strategy: 'epoch', steps: 100, loadBestModelAtEnd: true },
    samples: { steps: 50, count: 2, maxNewTokens: 128 },
    grpo: isGrpo
      ? {
          numGenerations: 8,
          numIterations: 1,
          beta: 0,
          epsilonLow: 0.2,
          epsilonHigh: 0.2,
          delta: null,
          lossType: isTrigger ? 'bnpo' : 'grpo',
          temperature: 1,
          maxPromptLength: 1024,
          maxCompletionLength: 512,
          scaleRewards: true,
          rewardAdaptivePenalty: 0,
          insertionCost: 0,
        }
      : null,
  } satisfies Partly<TrainingConfig>
}

/** `over` on `under`, objects field by field; what is undefined in `over` is not said. */
function overlay(under: Readonly<Record<string, unknown>>, over: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const result: Record<string, unknown> = { ...under }
  for (const [key, value] of Object.entries(over)) {
    if (value === undefined) continue
    const below = under[key]
    result[key] = isPlainObject(value) && isPlainObject(below) ? overlay(below, value) : value
  }
  return result
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
