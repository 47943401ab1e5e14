/** @file Settings of a configuration that the model it trains makes idle, in words. It reads no file. */
import type { TrainingConfig, TrainingLora } from '../../../shared/domain/training.ts'
import type { LoraAdapter, MemGenCheckpoint } from '../checkpoint/index.ts'
import type { ParameterSet } from './parameter-set.ts'

/** One sentence for each length of latents and each property of a LoRA that differs; its key as in a configuration file. */
export function findOverruledSettings({ model }: Pick<TrainingConfig, 'model'>, checkpoint: MemGenCheckpoint): string[] {
  const settings: readonly [key: string, given: number | string, used: number | string][] = [
    ['model.weaver.prompt_latents_len', model.promptLatentsLen, checkpoint.promptLatentsLen],
    ['model.weaver.inference_latents_len', model.inferenceLatentsLen, checkpoint.inferenceLatentsLen],
    ...compareLora('model.weaver.lora_config', model.weaverLora, checkpoint.weaver.adapter),
    ...compareLora('model.trigger.lora_config', model.triggerLora, checkpoint.trigger.adapter),
  ]
  return settings.filter(([, given, used]) => given !== used).map(([key, given, used]) => `${key} is ${given}, but ${used} is used: the checkpoint that the run starts from has it so (${checkpoint.directory}).`)
}

/**
 * One sentence where a run trains a LoRA on modules that its model lacks; PEFT too is content when any of them fits.
 * @param parameters what the run trains
 */
export function findIdleTargets({ model, stage }: Pick<TrainingConfig, 'model' | 'stage'>, parameters: ParameterSet): string[] {
  const part = stage === 'pretrain' ? 'reasoner' : stage
  const lora = model[`${part}Lora`]
  if (lora === null) return []
  const isTrained = (target: string): boolean => parameters.list().some(({ name }) => name.includes(`.${target}.lora_`))
  const [fitting, idle] = [lora.targetModules.filter(isTrained), lora.targetModules.filter((target) => !isTrained(target))]
  if (idle.length === 0) return []
  return [`model.${part}.lora_config.target_modules: the model has no ${showNames(idle)}; the LoRA is on ${showNames(fitting)} alone.`]
}

function compareLora(section: string, given: TrainingLora, used: LoraAdapter | undefined): [string, number | string, number | string][] {
  if (used === undefined) return [[section, `r ${given.r}`, 'no LoRA']]
  return [
    [`${section}.r`, given.r, used.rank],
    [`${section}.lora_alpha`, given.loraAlpha, used.alpha],
    [`${section}.target_modules`, showNames(given.targetModules), showNames(used.targetModules)],
  ]
}

/** The order in a file means nothing. */
function showNames(names: readonly string[]): string {
  return names.toSorted().join(', ')
}
