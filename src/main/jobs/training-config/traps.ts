/**
 * @file What the author of a configuration should know before it runs: settings without the effect they seem to have, and
 * places where the reference would do something else. It refuses nothing.
 */
import { describeTrainingDevice } from '../../../shared/domain/training-device.ts'
import type { TrainingConfig } from '../../../shared/domain/training.ts'
import type { Settings } from './settings.ts'
import { describeValue } from './value-types.ts'

/** @returns one sentence each, most surprising first */
export function findTraps(settings: Settings, config: TrainingConfig, repeatedKeys: readonly string[]): string[] {
  return traps.flatMap((find) => find({ settings, config, repeatedKeys }) ?? [])
}

interface Case {
  readonly settings: Settings
  readonly config: TrainingConfig
  readonly repeatedKeys: readonly string[]
}
type Trap = (found: Case) => string | readonly string[] | null

const valueOf = (settings: Settings, key: string): unknown => settings.get(key)?.value

const traps: readonly Trap[] = [
  ({ repeatedKeys }) => repeatedKeys.map((key) => `${key} is given twice in --options; the last value counts.`),
  ({ config }) => describeTrainingDevice(config),
  ({ settings, config: { stage } }) =>
    stage === 'trigger' && valueOf(settings, 'model.trigger.active') === false
      ? 'model.trigger.active is False: an inactive trigger is constant and gets no gradient. It is active for this run.'
      : null,
  ({ settings, config: { method } }) => {
    const mode = valueOf(settings, 'dataset.mode')
    return mode === undefined || mode === method ? null : `dataset.mode is ${describeValue(mode)}, but the method is ${method}: the reference would build the wrong kind of samples. Here the method decides.`
  },
  ({ settings, config: { stage } }) => {
    const others = (['weaver', 'trigger'] as const).filter((part) => part !== stage && valueOf(settings, `run.train_${part}`) === true)
    return others.map((part) => `run.train_${part} is True, but this run trains ${stage === 'pretrain' ? 'the reasoner' : `the ${stage}`} only.`)
  },
  ({ settings, config: { method } }) => {
    const [val, valid] = ['val_ratio', 'valid_ratio'].map((name) => valueOf(settings, `dataset.${method}.${name}`))
    if (val !== undefined && valid !== undefined && val !== valid) return `dataset.${method} has val_ratio ${describeValue(val)} and valid_ratio ${describeValue(valid)}; valid_ratio counts.`
    return val === undefined || valueOf(settings, 'dataset.name') === 'gsm8k' ? null : `dataset.${method}.val_ratio is read here; the reference reads it for gsm8k only, and valid_ratio for the others.`
  },
  ({ config: { stage, dataset } }) =>
    stage === 'trigger' && dataset.trainShare < 1
      ? `The trigger is trained on ${Math.round(dataset.trainShare * 100)} % of the training samples: the reference takes a third, although its comment says half. dataset.train_share sets it.`
      : null,
  ({ settings, config: { stage, grpo } }) => {
    if (stage !== 'trigger' || grpo === null) return null
    const names = (['temperature', 'max_completion_length'] as const).filter((name) => {
      const weaver = valueOf(settings, `run.weaver.grpo.${name}`)
      return weaver !== undefined && weaver !== (name === 'temperature' ? grpo.temperature : grpo.maxCompletionLength)
    })
    return names.map((name) => `run.weaver.grpo.${name} differs from run.trigger.grpo.${name}: the reference's rollouts for the trigger take the weaver's, here they take the trigger's.`)
  },
  ({ config: { method, evaluation } }) =>
    method === 'grpo' && evaluation.strategy !== 'none' ? 'eval_strategy is followed here; the reference switches evaluation off for GRPO, whatever the file says.' : null,
  ({ settings, config: { stage, method, evaluation, dataset } }) => {
    if (valueOf(settings, `run.${stage}.${method}.load_best_model_at_end`) !== true) return null
    if (evaluation.strategy === 'none') return 'load_best_model_at_end has no effect, since eval_strategy is no: the run ends with its last weights.'
    return dataset.validationFile === null && dataset.validationRatio === 0 ? 'load_best_model_at_end has no effect without samples to validate on: the run ends with its last weights.' : null
  },
  ({ config: { model, stage } }) =>
    stage !== 'pretrain' && model.maxPromptAugNum === 0
      ? 'max_prompt_aug_num 0 does not switch prompt latents off, neither in training nor in generation: it leaves conversations of several turns without a supervised one.'
      : null,
  ({ config: { model, stage } }) =>
    stage !== 'pretrain' && model.maxInferenceAugNum === 0 ? 'max_inference_aug_num 0: after the prompt insertion, generation runs to its end without asking the trigger again.' : null,
  ({ settings, config: { stage, method } }) => {
    const section = `run.${stage}.${method}`
    return valueOf(settings, `${section}.lr_scheduler_type`) === 'constant' && Number(valueOf(settings, `${section}.warmup_ratio`) ?? 0) > 0
      ? 'lr_scheduler_type constant has no warm-up in transformers, so warmup_ratio has no effect; constant_with_warmup has one.'
      : null
  },
  ({ settings, config: { stage, method } }) =>
    valueOf(settings, `run.${stage}.${method}.assistant_only_loss`) === false ? 'assistant_only_loss False has no effect: the loss is on answers only, as with prompt and completion in the reference.' : null,
  ({ settings, config: { stage, method } }) =>
    (['bf16', 'fp16'] as const).filter((name) => valueOf(settings, `run.${stage}.${method}.${name}`) === true).map((name) => `${name} has no effect: training computes in float32.`),
]
