/** @file Writes a MemGen checkpoint in the reference's layout (docs/REFERENCE.md 7.1), or in the earlier one that it was read from. Knows no training. */
import { join } from 'node:path'
import type { HostTensor } from '../tensor/host-tensor.ts'
import type { LoraAdapter } from './adapter.ts'
import { writeAdapter } from './adapter-writer.ts'
import { writeDirectoryAtomically } from './atomic-directory.ts'
import { writeFileAtomically } from './atomic-file.ts'
import type { LinearTensors, MemGenCheckpoint } from './memgen-checkpoint.ts'
import { writeTorchArchive, type ModuleState, type TorchState } from './torch-archive-writer.ts'
import { writeWholeModel } from './whole-model-writer.ts'

export interface MemGenWriteOptions {
  /** The reasoner's parsed config.json: the reference stores the MemGen fields on top of it. */
  readonly baseConfig: Readonly<Record<string, unknown>>
  /** What the adapters name as their base. @default 'base' */
  readonly baseModelName?: string
}

/**
 * Writes into a folder beside `directory` and renames it, so that a reader finds the old checkpoint or the whole new one. Throws the
 * file system's error (disk full) with the old checkpoint in place. One of the earlier version keeps its layout, since this one would make another
 * model of it.
 */
export function writeMemGenCheckpoint(
  directory: string,
  checkpoint: MemGenCheckpoint,
  { baseConfig, baseModelName = 'base' }: MemGenWriteOptions,
): void {
  if (checkpoint.variant === 'latent-memory-model') {
    writeWholeModel(directory, checkpoint)
    return
  }
  writeDirectoryAtomically(directory, (partial) => {
    writeJson(join(partial, 'config.json'), configOf(checkpoint, baseConfig))
    writeTorchArchive(join(partial, 'projs.bin'), projectionState(checkpoint))
    writeTorchArchive(join(partial, 'weaver.bin'), weaverState(checkpoint))
    writeTorchArchive(join(partial, 'trigger.bin'), triggerState(checkpoint))
    for (const part of ['weaver', 'trigger'] as const) {
      const { adapter } = checkpoint[part]
      if (adapter) writeAdapter(join(partial, part, part), adapter, baseModelName)
    }
  })
}

function configOf(checkpoint: MemGenCheckpoint, baseConfig: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const loraOf = (adapter: LoraAdapter | undefined, key: string) => (adapter ? { [key]: loraConfigOf(adapter) } : {})
  const config: Record<string, unknown> = {
    ...baseConfig,
    model_type: 'memgen',
    prompt_latents_len: checkpoint.promptLatentsLen,
    inference_latents_len: checkpoint.inferenceLatentsLen,
    max_prompt_aug_num: checkpoint.maxPromptAugNum,
    max_inference_aug_num: checkpoint.maxInferenceAugNum,
    trigger_active: checkpoint.triggerActive,
    ...(checkpoint.delimiters ? { delimiters: checkpoint.delimiters } : {}),
    ...loraOf(checkpoint.weaver.adapter, 'weaver_lora_config'),
    ...loraOf(checkpoint.trigger.adapter, 'trigger_lora_config'),
  }
  // Sorted, as transformers writes it.
  return Object.fromEntries(Object.entries(config).sort(([left], [right]) => (left < right ? -1 : 1)))
}

function loraConfigOf(adapter: LoraAdapter): Record<string, unknown> {
  return {
    bias: 'none',
    lora_alpha: adapter.alpha,
    lora_dropout: adapter.dropout,
    r: adapter.rank,
    target_modules: adapter.targetModules,
    task_type: 'CAUSAL_LM',
    ...(adapter.useRslora ? { use_rslora: true } : {}),
  }
}

function projectionState({ projections }: MemGenCheckpoint): TorchState {
  return new Map([
    ['reasoner_to_weaver', linearState(projections.reasonerToWeaver)],
    ['weaver_to_reasoner', linearState(projections.weaverToReasoner)],
  ])
}

function weaverState({ weaver }: MemGenCheckpoint): TorchState {
  const { promptNorm, inferenceNorm } = weaver
  return new Map<string, HostTensor | ModuleState>([
    ['prompt_query_latents', weaver.promptQueryLatents],
    ['inference_query_latents', weaver.inferenceQueryLatents],
    ...(promptNorm ? [['prompt_latent_ln', linearState(promptNorm)] as const] : []),
    ...(inferenceNorm ? [['inference_latent_ln', linearState(inferenceNorm)] as const] : []),
    ...(promptNorm ? [['prompt_latent_scale', scalarTensor(promptNorm.scale)] as const] : []),
    ...(inferenceNorm ? [['inference_latent_scale', scalarTensor(inferenceNorm.scale)] as const] : []),
  ])
}

function triggerState({ trigger }: MemGenCheckpoint): TorchState {
  return new Map(trigger.outputLayer ? [['output_layer', linearState(trigger.outputLayer)]] : [])
}

function linearState({ weight, bias }: LinearTensors): ModuleState {
  return {
    kind: 'module',
    tensors: new Map([
      ['weight', weight],
      ['bias', bias],
    ]),
  }
}

function scalarTensor(value: number): HostTensor {
  return { dtype: 'F32', shape: [1], data: Float32Array.of(value) }
}

function writeJson(path: string, value: unknown): void {
  writeFileAtomically(path, [new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`)])
}
