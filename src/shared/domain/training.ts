/**
 * @file Everything that determines a training run, complete: what is trained, from which files, how, and how often it is
 * measured and saved. It does not know YAML, the engine, or how a step is computed (training-event.ts says what happens).
 *
 * Sources of defaults: "reference" is bingreeky/MemGen, configs/latent_memory/*.yaml; "runner" its memgen/runner.py; "HF" and
 * "TRL" are the defaults of transformers 4.55.4 (TrainingArguments) and TRL 0.21.0 (GRPOConfig), which the reference leaves alone.
 */
import { z } from 'zod'
import { deviceSchema, modelLocationSchema } from './model.ts'

/** What is trained: the weaver, the trigger, or the reasoner itself (all of it, or a LoRA on it as a baseline). */
export const trainingStageSchema = z.enum(['weaver', 'trigger', 'pretrain'])
export type TrainingStage = z.infer<typeof trainingStageSchema>

export const trainingMethodSchema = z.enum(['sft', 'grpo'])
export type TrainingMethod = z.infer<typeof trainingMethodSchema>

/** A share of something, 0-1. */
const shareSchema = z.number().min(0).max(1)

/** Low-rank adapters on every module whose last name component is a target: y = W x + (loraAlpha / r) B (A dropout(x)). */
export const trainingLoraSchema = z.strictObject({
  /** @default 16 (reference) */
  r: z.int().min(1).max(8192),
  /** @default 32 (reference) */
  loraAlpha: z.number().gt(0),
  /** @default 0.1 (reference) */
  loraDropout: z.number().min(0).lt(1),
  /** @default ['q_proj', 'v_proj'] (reference) */
  targetModules: z.array(z.string().min(1)).min(1),
})
export type TrainingLora = z.infer<typeof trainingLoraSchema>

/**
 * Where the parts lie and how new ones are made. With `checkpointDir` the run starts from that checkpoint's adapters, latents,
 * norms, projections and trigger head, and their shapes win over what stands here; without one they start fresh.
 */
export const trainingModelSchema = modelLocationSchema
  .extend({
    /**
     * Weights of the reasoner: as in its folder, or drawn anew with the config's `initializer_range` (pretrain only; the
     * folder then needs config.json and the tokenizer's files alone).
     * @default 'pretrained'
     */
    weightInit: z.enum(['pretrained', 'random']),
    weaverLora: trainingLoraSchema,
    triggerLora: trainingLoraSchema,
    /** Stage pretrain: null trains every parameter, else a LoRA on the frozen reasoner (the plain-SFT baseline). @default null */
    reasonerLora: trainingLoraSchema.nullable(),
    /** Latents of one prompt insertion. @default 8 (reference) */
    promptLatentsLen: z.int().min(1),
    /** Latents of one insertion after a delimiter. @default 8 (reference) */
    inferenceLatentsLen: z.int().min(1),
    /** Supervised turns of a conversation that get a prompt insertion in training; more are drawn at random (docs/REFERENCE.md 5.7). @default 1 (reference) */
    maxPromptAugNum: z.int().nonnegative(),
    /** @default 5 (reference) */
    maxInferenceAugNum: z.int().nonnegative(),
    /** Whether rollouts ask the trigger's head; if not, it is constant and always inserts. @default false, stage trigger: true (reference) */
    triggerActive: z.boolean(),
    /** New projections: the identity (equal hidden sizes only) or PyTorch's nn.Linear. @default 'pytorch' (reference) */
    projectionInit: z.enum(['identity', 'pytorch']),
  })
  .strict()
export type TrainingModel = z.infer<typeof trainingModelSchema>

export const trainingDatasetSchema = z.strictObject({
  /** For lists and folder names. @default null: the training file's name */
  name: z.string().min(1).nullable(),
  /** JSONL or Parquet with `messages`, or with `prompt` and `completion`. */
  trainFile: z.string().min(1),
  /** @default null: `validationRatio` of the training file is held out */
  validationFile: z.string().min(1).nullable(),
  /** Share of the training file that is held out, drawn by seed; without meaning beside a `validationFile`. @default 0.1 (reference) */
  validationRatio: z.number().min(0).lt(1),
  /** Share of the training samples that is used, drawn by seed. @default 1, stage trigger: 1/3 (runner, although its comment says half) */
  trainShare: z.number().gt(0).max(1),
  /** Name of the reward, as src/main/tasks knows it. null for SFT. @default 'boxed' for GRPO, the reference's math score */
  reward: z.string().min(1).nullable(),
  /**
   * Which forward pass rows go through (docs/REFERENCE.md 5.2): one supervised answer, or every assistant turn. 'auto' decides
   * from the first row, as the reference does.
   * @default 'auto'
   */
  format: z.enum(['auto', 'instruction', 'conversation']),
})

export const optimisationSchema = z.strictObject({
  /** Peak of the schedule. @default 1e-5 (reference; its gsm8k trigger 1e-6) */
  learningRate: z.number().gt(0),
  /** @default [0.9, 0.999] (HF) */
  betas: z.tuple([z.number().min(0).lt(1), z.number().min(0).lt(1)]),
  /** @default 1e-8 (HF) */
  eps: z.number().gt(0),
  /** Decoupled: p -= lr * weightDecay * p. @default 0 (HF) */
  weightDecay: z.number().nonnegative(),
  /** @default false (HF: Trainer.get_decay_parameter_names leaves them out) */
  decayNormsAndBiases: z.boolean(),
  /** After warm-up: half a cosine to 0, a line to 0, or level. @default 'cosine' (reference) */
  schedule: z.enum(['cosine', 'linear', 'constant']),
  /** Share of all steps in which the rate rises from 0. @default 0.1 (reference) */
  warmupRatio: shareSchema,
  /** Rows per forward and backward pass; in GRPO a row is a completion. @default 4, GRPO: 8 (reference) */
  batchSize: z.int().min(1),
  /** Passes per step of the optimizer. @default 1 (reference) */
  gradientAccumulationSteps: z.int().min(1),
  /** L2 norm to which gradients are clipped; 0 is off. @default 1 (HF) */
  maxGradNorm: z.number().nonnegative(),
  /** @default 2, GRPO: 1 (reference) */
  numTrainEpochs: z.number().gt(0),
  /** Optimizer steps; where set, it decides instead of the epochs. @default null */
  maxSteps: z.int().min(1).nullable(),
  /** Tokens; longer samples are left out and counted. @default 1024 (reference) */
  maxLength: z.int().min(2),
  /** Batches of rows of like length, in an order drawn by seed. @default false (HF group_by_length) */
  bucketByLength: z.boolean(),
})
export type Optimisation = z.infer<typeof optimisationSchema>

/** When something happens: after each epoch, every `steps` optimizer steps, or never. */
const intervalShape = { strategy: z.enum(['epoch', 'steps', 'none']), steps: z.int().min(1) }

export const trainingEvaluationSchema = z.strictObject({
  /** strategy @default 'epoch', GRPO: 'none' (runner switches it off); steps @default 100 (reference) */
  ...intervalShape,
  /** @default 4, GRPO: 8 (reference) */
  batchSize: z.int().min(1),
})

export const trainingCheckpointsSchema = z.strictObject({
  /** strategy @default 'epoch'; steps @default 100 (reference). The last step is always saved. */
  ...intervalShape,
  /** End with the weights of the lowest validation loss (SFT) or the highest mean reward (GRPO), where there were evaluations. @default true (reference) */
  loadBestModelAtEnd: z.boolean(),
})

/** Completions generated now and then so that a reader sees what the model does. GRPO shows its own rollouts. */
export const trainingSamplesSchema = z.strictObject({
  /** Every so many steps; 0 is never. @default 50 */
  steps: z.int().nonnegative(),
  /** @default 2 */
  count: z.int().min(1).max(16),
  /** SFT only; GRPO has `maxCompletionLength`. @default 128 */
  maxNewTokens: z.int().min(1),
})
export type TrainingSamples = z.infer<typeof trainingSamplesSchema>

/** docs/REFERENCE.md 6; the weaver's rollouts draw tokens and the trigger's draw decisions (runner). */
export const grpoConfigSchema = z.strictObject({
  /** Completions of one prompt; divides batchSize * gradientAccumulationSteps. @default 8 (reference) */
  numGenerations: z.int().min(2),
  /** Optimizer steps taken on one set of rollouts. @default 1 (reference) */
  numIterations: z.int().min(1),
  /** Weight of the KL term against the policy the run started from; 0 is off. @default 0 (reference) */
  beta: z.number().nonnegative(),
  /** @default 0.2 (TRL epsilon) */
  epsilonLow: z.number().nonnegative(),
  /** @default 0.2 (TRL epsilon) */
  epsilonHigh: z.number().nonnegative(),
  /** Upper bound of the unclipped ratio; null is off. @default null (TRL) */
  delta: z.number().gt(0).nullable(),
  /** @default 'grpo', stage trigger: 'bnpo' (reference; its gsm8k bnpo for both) */
  lossType: z.enum(['grpo', 'bnpo', 'dr_grpo']),
  /** @default 1 (reference) */
  temperature: z.number().gt(0),
  /** Tokens; longer prompts are left out and counted. @default 1024 (reference) */
  maxPromptLength: z.int().min(1),
  /** Tokens. @default 512 (reference; its gsm8k 1024) */
  maxCompletionLength: z.int().min(1),
  /** Divide advantages by their group's standard deviation. @default true (TRL) */
  scaleRewards: z.boolean(),
  /**
   * Lambda of the paper's Eq. 8: lambda * max(0, d - p) per decision is taken off, p the mean activation over rollouts whose
   * reward reaches the median (Eq. 9). Stage trigger only. 0 is off, as in the public code.
   * @default 0
   */
  rewardAdaptivePenalty: z.number().nonnegative(),
  /** Taken off a rollout's reward for each insertion. Not in the paper. @default 0 */
  insertionCost: z.number().nonnegative(),
})
export type GrpoConfig = z.infer<typeof grpoConfigSchema>

/** Complete: every field is there. {@link completeTrainingConfig} fills a partial one. */
export const trainingConfigSchema = z
  .strictObject({
    stage: trainingStageSchema,
    method: trainingMethodSchema,
    /** @default 'cpu' */
    device: deviceSchema,
    /** Of sample order, dropout, new weights and rollouts. @default 42 (reference) */
    seed: z.int().nonnegative(),
    model: trainingModelSchema,
    dataset: trainingDatasetSchema,
    optimisation: optimisationSchema,
    evaluation: trainingEvaluationSchema,
    checkpoints: trainingCheckpointsSchema,
    samples: trainingSamplesSchema,
    /** null exactly for SFT. */
    grpo: grpoConfigSchema.nullable(),
    /** Where checkpoints and the training state are written; a state found there is resumed from. */
    outputDirectory: z.string().min(1),
  })
  .superRefine((config, context) => {
    for (const { path, message } of findContradictions(config)) context.addIssue({ code: 'custom', path: [...path], message })
  })
export type TrainingConfig = z.infer<typeof trainingConfigSchema>

interface Contradiction {
  path: readonly string[]
  message: string
}

function findContradictions({ stage, method, model, dataset, optimisation, grpo }: Omit<TrainingConfig, 'outputDirectory'>): Contradiction[] {
  const found: Contradiction[] = []
  const expect = (holds: boolean, path: readonly string[], message: string): void => void (holds || found.push({ path, message }))
  expect(stage !== 'trigger' || method === 'grpo', ['method'], 'the trigger is trained by grpo only')
  expect(stage !== 'pretrain' || method === 'sft', ['method'], 'stage pretrain is trained by sft only')
  expect((grpo !== null) === (method === 'grpo'), ['grpo'], `expected ${method === 'grpo' ? 'settings' : 'null'} for method ${method}`)
  expect(method === 'sft' || dataset.reward !== null, ['dataset', 'reward'], 'grpo needs a reward')
  expect(stage !== 'trigger' || model.triggerActive, ['model', 'triggerActive'], 'an inactive trigger is constant: there is nothing to train')
  expect(model.weightInit === 'pretrained' || (stage === 'pretrain' && model.reasonerLora === null), ['model', 'weightInit'], 'only stage pretrain without a LoRA starts from random weights')
  expect(model.reasonerLora === null || stage === 'pretrain', ['model', 'reasonerLora'], 'a LoRA on the reasoner is trained in stage pretrain only')
  if (grpo !== null) {
    const rows = optimisation.batchSize * optimisation.gradientAccumulationSteps
    expect(rows % grpo.numGenerations === 0, ['optimisation', 'batchSize'], `${rows} completions a step cannot be split into groups of ${grpo.numGenerations} (numGenerations)`)
    expect(grpo.rewardAdaptivePenalty === 0 || stage === 'trigger', ['grpo', 'rewardAdaptivePenalty'], 'the penalty is on trigger activations: stage trigger only')
  }
  return found
}
