/** @file A file in the reference's format becomes a complete config; what is wrong is said with its place, traps as warnings. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { TrainingMethod, TrainingStage } from '../../../shared/domain/training.ts'
import { TrainingConfigError } from './config-error.ts'
import { readTrainingConfig, type ReadTrainingConfig } from './read-training-config.ts'
import { referenceKeys } from './reference-keys.ts'

/** The shape of the reference's files, in short. */
const yaml = `
model:
  model_name: Qwen/Qwen2.5-1.5B-Instruct
  load_model_path: null
  max_prompt_aug_num: 1
  max_inference_aug_num: 5
  weaver:
    model_name: Qwen/Qwen2.5-1.5B-Instruct
    prompt_latents_len: 4
    inference_latents_len: 2
    lora_config: {r: 16, lora_alpha: 32, target_modules: ["q_proj", "v_proj"], lora_dropout: 0.1, bias: "none", task_type: "CAUSAL_LM"}
  trigger:
    model_name: SmolLM3
    active: False
    lora_config: {r: 8}
dataset:
  name: kodcode
  mode: sft
  train_file: train.jsonl
  sft: {train_ratio: 0.7, valid_ratio: 0.1, test_ratio: 0.2}
  grpo: {valid_ratio: 0.2}
run:
  seed: 7
  mode: train
  train_weaver: True
  train_weaver_method: sft
  train_trigger: False
  train_trigger_method: grpo
  weaver:
    sft: {num_train_epochs: 3, per_device_train_batch_size: 2, optim: adamw_torch, lr_scheduler_type: cosine, warmup_ratio: 0.2, learning_rate: 1e-5, eval_strategy: steps, eval_steps: 30, bf16: True, report_to: [tensorboard]}
    grpo: {num_generations: 4, beta: 0.0, loss_type: bnpo, learning_rate: 2e-5, temperature: 0.9}
  trigger:
    grpo: {learning_rate: 1e-6, loss_type: bnpo, per_device_train_batch_size: 8, temperature: 1.0}
  interaction: {max_turns: 1, temperature: 0.0}
`

interface Given {
  text?: string
  options?: readonly string[]
  stage?: TrainingStage
  method?: TrainingMethod
}

function read({ text = yaml, options, stage, method }: Given = {}): ReadTrainingConfig {
  return readTrainingConfig(
    { yaml: { file: 'kodcode.yaml', text }, options },
    { stage, method, findModel: (name) => (name === 'missing' ? null : `/models/${name}`), resolvePath: (path) => `/data/${path}`, defaultOutputDirectory: ({ stage: part }) => `out-${part}` },
  )
}

function refusal(given: Given): string {
  try {
    read(given)
  } catch (error) {
    if (error instanceof TrainingConfigError) return error.message
    throw error
  }
  return ''
}

describe('the reference file', () => {
  test('sets the sections of its stage and method', () => {
    expect(read().config).toMatchObject({
      stage: 'weaver',
      method: 'sft',
      seed: 7,
      model: { reasonerDir: '/models/Qwen/Qwen2.5-1.5B-Instruct', triggerDir: '/models/SmolLM3', promptLatentsLen: 4, inferenceLatentsLen: 2, triggerLora: { r: 8, loraAlpha: 32 } },
      dataset: { name: 'kodcode', trainFile: '/data/train.jsonl', validationRatio: 0.1 },
      optimisation: { numTrainEpochs: 3, batchSize: 2, warmupRatio: 0.2, learningRate: 1e-5 },
      evaluation: { strategy: 'steps', steps: 30 },
      grpo: null,
      outputDirectory: '/data/out-weaver',
    })
  })

  test('one base for all parts stays one base, and no checkpoint stays none', () => {
    const { model } = read().config
    expect({ weaver: model.weaverDir, checkpoint: model.checkpointDir }).toEqual({ weaver: undefined, checkpoint: undefined })
    expect(read({ options: ['model.load_model_path', 'run1'] }).config.model.checkpointDir).toBe('/models/run1')
  })

  test('another stage or method takes other sections', () => {
    expect(read({ method: 'grpo' }).config).toMatchObject({ optimisation: { learningRate: 2e-5 }, grpo: { numGenerations: 4, temperature: 0.9 }, dataset: { validationRatio: 0.2 } })
    expect(read({ stage: 'trigger' }).config).toMatchObject({ method: 'grpo', optimisation: { learningRate: 1e-6 }, model: { triggerActive: true } })
  })

  test('its ratios leave the test part out, and the trigger a third', () => {
    expect(read().config.dataset.trainShare).toBeCloseTo(0.7 / 0.9, 12)
    expect(read({ stage: 'trigger' }).config.dataset.trainShare).toBeCloseTo(1 / 3, 12)
  })

  test('another device than the CPU draws completions and trains nothing, which is said', () => {
    const options = ['run.device', 'webgpu']
    expect(read({ options }).warnings).toContain('run.device webgpu is where completions are drawn; the training steps themselves run on the CPU.')
    expect(read({ options, stage: 'pretrain' }).warnings).toContain('run.device webgpu has no effect: the reasoner is trained on the CPU.')
    expect(read().warnings.join()).not.toContain('run.device')
  })

  test('options win', () => {
    const options = ['run.weaver.sft.learning_rate', '3e-4', 'run.weaver.sft.adam_beta2', '0.95', 'model.weaver.lora_config.target_modules', 'all-linear']
    const { config } = read({ options })
    expect(config.optimisation).toMatchObject({ learningRate: 3e-4, betas: [0.9, 0.95] })
    expect(config.model.weaverLora.targetModules).toHaveLength(7)
  })

  test('trainer options go to whichever section the run uses', () => {
    const of = (method: TrainingMethod) =>
      readTrainingConfig({ yaml: { file: 'a.yaml', text: yaml }, trainerOptions: ['learning_rate', '0.5'] }, { method, findModel: (name) => name, resolvePath: (path) => path, defaultOutputDirectory: () => 'out' })
    expect([of('sft'), of('grpo')].map(({ config }) => config.optimisation.learningRate)).toEqual([0.5, 0.5])
  })

  test('a constant schedule has no warm-up, as in transformers', () => {
    const { config, warnings } = read({ options: ['run.weaver.sft.lr_scheduler_type', 'constant'] })
    expect(config.optimisation).toMatchObject({ schedule: 'constant', warmupRatio: 0 })
    expect(warnings.join()).toContain('constant_with_warmup')
  })

  test('epsilon is both bounds, unless the upper is given', () => {
    expect(read({ method: 'grpo', options: ['run.weaver.grpo.epsilon', '0.1'] }).config.grpo).toMatchObject({ epsilonLow: 0.1, epsilonHigh: 0.1 })
    expect(read({ method: 'grpo', options: ['run.weaver.grpo.epsilon_high', '0.28'] }).config.grpo).toMatchObject({ epsilonLow: 0.2, epsilonHigh: 0.28 })
  })
})

describe('mistakes', () => {
  test.each<[string, Given]>([
    ['--options: datasets.mode: there is no such key; the nearest is dataset.mode', { options: ['datasets.mode', 'sft'] }],
    ['kodcode.yaml:2: model.prompt_latents: there is no such key; the nearest is model.weaver.prompt_latents_len', { text: 'model:\n  prompt_latents: 8' }],
    ['kodcode.yaml:1: run.seed: expected a whole number, found "42"', { text: 'run: {seed: "42"}' }],
    ['expected True or False, found "yes"', { options: ['model.trigger.active', 'yes'] }],
    ['expected grpo, bnpo or dr_grpo, found "dapo"', { options: ['run.weaver.grpo.loss_type', 'dapo'] }],
    ['expected False, since nothing else is supported, found True', { options: ['run.weaver.sft.packing', 'True'] }],
    ['--options: run.weaver: expected a section, found 3', { options: ['run.weaver', '3'] }],
    ['--options: run.weaver.sft.learning_rate: Too small: expected number to be >0, found -1', { options: ['run.weaver.sft.learning_rate', '-1'] }],
    ['--options: model.model_name: expected a folder or a model of the Hugging Face cache, found "missing"', { options: ['model.model_name', 'missing'] }],
    ['groups of 8', { stage: 'trigger', options: ['run.trigger.grpo.per_device_train_batch_size', '6'] }],
    ['only one of weaver and trigger can be trained at a time', { options: ['run.train_trigger', 'True'] }],
    ['model.model_name: missing', { text: 'run: {seed: 1}' }],
    ['(the reference would fetch gsm8k from the hub)', { text: 'dataset: {name: gsm8k}' }],
  ])('%s', (message, given) => {
    expect(refusal(given)).toContain(message)
  })

  test('are told all at once', () => {
    expect(refusal({ options: ['a', '1', 'run.seed', 'x'] }).split('; ').length).toBeGreaterThanOrEqual(2)
  })

  test('any unknown key is refused with a key that exists', () => {
    const keys = fc.string({ unit: fc.constantFrom('m', 'o', 'd', 'e', 'l', '.', '_', 'r'), minLength: 1, maxLength: 30 }).filter((key) => !(key in referenceKeys))
    fc.assert(
      fc.property(keys, (key) => {
        const nearest = /the nearest is (\S+?)(?:;|$)/.exec(refusal({ options: [key, '1'] }))?.[1] ?? ''
        // `model` and `run` themselves are sections.
        expect(nearest in referenceKeys || refusal({ options: [key, '1'] }).includes('expected a section')).toBe(true)
      }),
    )
  })

  test('a setting of any value is accepted or refused by name', () => {
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(referenceKeys)), fc.jsonValue(), (key, value) => {
        const text = JSON.stringify(value)
        const message = refusal({ options: [key, text] })
        // A contradiction between fields may name the other one.
        if (message !== '') expect(message).toMatch(/expected|missing|only|cannot|null/)
      }),
      { numRuns: 300 },
    )
  })
})

describe('traps', () => {
  test.each<[string, Given]>([
    ['is given twice', { options: ['run.seed', '1', 'run.seed', '2'] }],
    ['an inactive trigger is constant', { stage: 'trigger' }],
    ['the reference would build the wrong kind of samples', { method: 'grpo' }],
    ['reads it for gsm8k only', { options: ['dataset.sft.val_ratio', '0.1'] }],
    ['although its comment says half', { stage: 'trigger' }],
    ['differs from run.trigger.grpo.temperature', { stage: 'trigger' }],
    ['switches evaluation off for GRPO', { method: 'grpo', options: ['run.weaver.grpo.eval_strategy', 'epoch'] }],
    ['load_best_model_at_end has no effect, since eval_strategy is no', { options: ['run.weaver.sft.load_best_model_at_end', 'True', 'run.weaver.sft.eval_strategy', 'no'] }],
    ['load_best_model_at_end has no effect without samples', { options: ['run.weaver.sft.load_best_model_at_end', 'True', 'dataset.sft.valid_ratio', '0', 'dataset.sft.val_ratio', '0'] }],
    ['does not switch prompt latents off', { options: ['model.max_prompt_aug_num', '0'] }],
    ['without asking the trigger again', { options: ['model.max_inference_aug_num', '0'] }],
    ['assistant_only_loss False has no effect', { options: ['run.weaver.sft.assistant_only_loss', 'False'] }],
    ['bf16 has no effect', {}],
    ['run.train_weaver is True, but this run trains the trigger only', { stage: 'trigger' }],
  ])('are said: %s', (warning, given) => {
    expect(read(given).warnings.join('\n')).toContain(warning)
  })

  test('a file without one has no warnings', () => {
    const text = 'model: {model_name: base}\ndataset: {train_file: t.jsonl}'
    expect(read({ text }).warnings).toEqual([])
  })
})
