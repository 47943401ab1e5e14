/**
 * @file Every key of the reference's YAML files and the ones we add, its type, and which field of the config it sets. It does
 * not read files.
 *
 * Keys: bingreeky/MemGen, configs/latent_memory/{gsm8k,gpqa,kodcode,triviaqa}.yaml and memgen/runner.py; the trainer sections take
 * the arguments of TRL 0.21.0's SFTConfig and GRPOConfig. Ours, which the reference does not have, are marked.
 */
import { deviceSchema } from '../../../shared/domain/model.ts'
import { rewardNames } from '../../tasks/index.ts'
import { anything, flag, integer, number, oneOf, onlyOff, orNull, text, textList, type ValueType } from './value-types.ts'

/** Sets fields of the config by dotted path. */
export type Put = (path: string, value: unknown) => void

export interface KeyRule {
  readonly type: ValueType
  /** Absent: the key is known and says nothing that training needs from here. */
  readonly apply?: (value: unknown, put: Put) => void
}
type KeyRules = Readonly<Record<string, KeyRule>>

const sets = (type: ValueType, ...paths: readonly string[]): KeyRule => ({ type, apply: (value, put) => paths.forEach((path) => put(path, value)) })
const maps = (type: ValueType, apply: NonNullable<KeyRule['apply']>): KeyRule => ({ type, apply })
const isKnown = (type: ValueType): KeyRule => ({ type })

/** What PEFT's 'all-linear' means in the decoders we know. */
const allLinear = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj']

const loraKeys = (field: string): KeyRules => ({
  r: sets(integer, `model.${field}.r`),
  lora_alpha: sets(number, `model.${field}.loraAlpha`),
  lora_dropout: sets(number, `model.${field}.loraDropout`),
  target_modules: maps(textList, (value, put) => put(`model.${field}.targetModules`, (value as string[]).flatMap((name) => (name === 'all-linear' ? allLinear : [name])))),
  bias: isKnown(onlyOff('none')),
  task_type: isKnown(onlyOff('CAUSAL_LM')),
})

/** `constant` has no warm-up in transformers (optimization.py, get_constant_schedule). */
const schedules: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  cosine: { schedule: 'cosine' },
  linear: { schedule: 'linear' },
  constant: { schedule: 'constant', warmupRatio: 0 },
  constant_with_warmup: { schedule: 'constant' },
}

const strategy = (field: string): KeyRule => maps(oneOf('no', 'epoch', 'steps'), (value, put) => put(`${field}.strategy`, value === 'no' ? 'none' : value))

/** Hardware and logging: what we do otherwise, and what changes no number. */
const withoutInfluence = [
  'logging_strategy', 'logging_steps', 'logging_dir', 'report_to', 'run_name', 'disable_tqdm', 'log_completions', 'output_dir', 'save_total_limit',
  'remove_unused_columns', 'bf16', 'fp16', 'tf32', 'gradient_checkpointing', 'gradient_checkpointing_kwargs', 'deepspeed', 'dataloader_num_workers',
  'dataloader_pin_memory', 'dataset_num_proc', 'ddp_find_unused_parameters', 'ddp_timeout',
] as const

/** Settings that would change what is computed and have no counterpart here. */
const unsupported: KeyRules = {
  warmup_steps: isKnown(onlyOff(0)),
  label_smoothing_factor: isKnown(onlyOff(0)),
  neftune_noise_alpha: isKnown(onlyOff(null)),
  packing: isKnown(onlyOff(false)),
  seed: isKnown(onlyOff(null)),
  data_seed: isKnown(onlyOff(null)),
  auto_find_batch_size: isKnown(onlyOff(false)),
  metric_for_best_model: isKnown(onlyOff('loss', 'eval_loss', 'reward', 'eval_reward')),
  use_vllm: isKnown(onlyOff(false)),
}

const unsupportedInGrpo: KeyRules = {
  top_p: isKnown(onlyOff(1)),
  top_k: isKnown(onlyOff(0)),
  min_p: isKnown(onlyOff(0)),
  repetition_penalty: isKnown(onlyOff(1)),
  importance_sampling_level: isKnown(onlyOff('token')),
  mask_truncated_completions: isKnown(onlyOff(false)),
  sync_ref_model: isKnown(onlyOff(false)),
  reward_weights: isKnown(onlyOff(null)),
}

const commonTrainerKeys: KeyRules = {
  num_train_epochs: sets(number, 'optimisation.numTrainEpochs'),
  max_steps: maps(integer, (value, put) => put('optimisation.maxSteps', value === -1 ? null : value)),
  per_device_train_batch_size: sets(integer, 'optimisation.batchSize'),
  per_device_eval_batch_size: sets(integer, 'evaluation.batchSize'),
  gradient_accumulation_steps: sets(integer, 'optimisation.gradientAccumulationSteps'),
  optim: isKnown(oneOf('adamw_torch', 'adamw_torch_fused', 'adamw_hf')),
  learning_rate: sets(number, 'optimisation.learningRate'),
  warmup_ratio: sets(number, 'optimisation.warmupRatio'),
  lr_scheduler_type: maps(oneOf(...Object.keys(schedules)), (value, put) => {
    for (const [field, set] of Object.entries(schedules[value as string] ?? {})) put(`optimisation.${field}`, set) // oneOf reads texts alone
  }),
  weight_decay: sets(number, 'optimisation.weightDecay'),
  adam_beta1: sets(number, 'optimisation.betas.0'),
  adam_beta2: sets(number, 'optimisation.betas.1'),
  adam_epsilon: sets(number, 'optimisation.eps'),
  max_grad_norm: sets(number, 'optimisation.maxGradNorm'),
  group_by_length: sets(flag, 'optimisation.bucketByLength'),
  eval_strategy: strategy('evaluation'),
  eval_steps: sets(integer, 'evaluation.steps'),
  save_strategy: strategy('checkpoints'),
  save_steps: sets(integer, 'checkpoints.steps'),
  load_best_model_at_end: sets(flag, 'checkpoints.loadBestModelAtEnd'),
  // Ours.
  decay_norms_and_biases: sets(flag, 'optimisation.decayNormsAndBiases'),
  sample_steps: sets(integer, 'samples.steps'),
  sample_count: sets(integer, 'samples.count'),
  ...Object.fromEntries(withoutInfluence.map((name) => [name, isKnown(anything)])),
  ...unsupported,
}

const sftKeys: KeyRules = {
  ...commonTrainerKeys,
  assistant_only_loss: isKnown(flag),
  max_length: sets(integer, 'optimisation.maxLength'),
  // Ours.
  sample_max_new_tokens: sets(integer, 'samples.maxNewTokens'),
}

const grpoKeys: KeyRules = {
  ...commonTrainerKeys,
  ...unsupportedInGrpo,
  num_generations: sets(integer, 'grpo.numGenerations'),
  num_iterations: sets(integer, 'grpo.numIterations'),
  beta: sets(number, 'grpo.beta'),
  epsilon: sets(number, 'grpo.epsilonLow', 'grpo.epsilonHigh'),
  epsilon_high: maps(orNull(number), (value, put) => (value === null ? undefined : put('grpo.epsilonHigh', value))),
  delta: sets(orNull(number), 'grpo.delta'),
  loss_type: sets(oneOf('grpo', 'bnpo', 'dr_grpo'), 'grpo.lossType'),
  scale_rewards: sets(flag, 'grpo.scaleRewards'),
  temperature: sets(number, 'grpo.temperature'),
  max_prompt_length: sets(integer, 'grpo.maxPromptLength'),
  max_completion_length: sets(integer, 'grpo.maxCompletionLength'),
  // Ours.
  reward_adaptive_penalty: sets(number, 'grpo.rewardAdaptivePenalty'),
  insertion_cost: sets(number, 'grpo.insertionCost'),
}

/** Shares of a data set that is not cut yet; what is left of train and validation is the test part. */
const ratioKeys: KeyRules = {
  val_ratio: sets(number, 'dataset.validationRatio'),
  valid_ratio: sets(number, 'dataset.validationRatio'),
  train_ratio: isKnown(number),
  test_ratio: isKnown(number),
}

const interactionKeys = ['max_turns', 'max_start_length', 'max_prompt_length', 'max_response_length', 'max_obs_length', 'temperature', 'batch_size', 'weaver_do_sample', 'trigger_do_sample']

/** In this order keys apply: where two set one field, the later wins, as `lr_scheduler_type: constant` over `warmup_ratio`. */
export const referenceKeys: KeyRules = {
  'model.model_name': sets(text, 'model.reasonerDir'),
  'model.load_model_path': sets(orNull(text), 'model.checkpointDir'),
  'model.max_prompt_aug_num': sets(integer, 'model.maxPromptAugNum'),
  'model.max_inference_aug_num': sets(integer, 'model.maxInferenceAugNum'),
  'model.weaver.model_name': sets(text, 'model.weaverDir'),
  'model.weaver.prompt_latents_len': sets(integer, 'model.promptLatentsLen'),
  'model.weaver.inference_latents_len': sets(integer, 'model.inferenceLatentsLen'),
  ...under('model.weaver.lora_config', loraKeys('weaverLora')),
  'model.trigger.model_name': sets(text, 'model.triggerDir'),
  'model.trigger.active': sets(flag, 'model.triggerActive'),
  ...under('model.trigger.lora_config', loraKeys('triggerLora')),
  // Ours: a LoRA on the reasoner itself, and how new parts begin.
  ...under('model.reasoner.lora_config', loraKeys('reasonerLora')),
  'model.projection_init': sets(oneOf('identity', 'pytorch'), 'model.projectionInit'),
  'model.weight_init': sets(oneOf('pretrained', 'random'), 'model.weightInit'),

  'dataset.name': sets(text, 'dataset.name'),
  'dataset.mode': isKnown(oneOf('sft', 'grpo')),
  ...under('dataset.sft', ratioKeys),
  ...under('dataset.grpo', ratioKeys),
  // Ours: the reference builds its data sets from the hub.
  'dataset.train_file': sets(text, 'dataset.trainFile'),
  'dataset.validation_file': sets(orNull(text), 'dataset.validationFile'),
  'dataset.train_share': sets(number, 'dataset.trainShare'),
  'dataset.reward': sets(orNull(oneOf(...rewardNames)), 'dataset.reward'),
  'dataset.format': sets(oneOf('auto', 'instruction', 'conversation'), 'dataset.format'),

  'run.seed': sets(integer, 'seed'),
  'run.mode': isKnown(oneOf('train', 'evaluate')),
  'run.train_weaver': isKnown(flag),
  'run.train_weaver_method': isKnown(oneOf('sft', 'grpo')),
  'run.train_trigger': isKnown(flag),
  'run.train_trigger_method': isKnown(oneOf('grpo')),
  ...under('run.weaver.sft', sftKeys),
  ...under('run.weaver.grpo', grpoKeys),
  ...under('run.trigger.grpo', grpoKeys),
  ...under('run.interaction', Object.fromEntries(interactionKeys.map((name) => [name, isKnown(anything)]))),
  // Ours.
  'run.train_pretrain': isKnown(flag),
  ...under('run.pretrain.sft', sftKeys),
  'run.device': sets(oneOf(...deviceSchema.options), 'device'),
  'run.output_dir': sets(text, 'outputDirectory'),
}

function under(section: string, rules: KeyRules): KeyRules {
  return Object.fromEntries(Object.entries(rules).map(([name, rule]) => [`${section}.${name}`, rule]))
}
