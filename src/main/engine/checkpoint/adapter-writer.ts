/** @file Writes a LoRA adapter folder as PEFT 0.17.1 does. Knows no base model. */
import { join } from 'node:path'
import type { HostTensor } from '../tensor/host-tensor.ts'
import type { LoraAdapter, LoraModule } from './adapter.ts'
import { loraScaling } from './adapter-config.ts'
import { writeFileAtomically } from './atomic-file.ts'
import { writeSafetensors } from './safetensors-writer.ts'

/** Writes adapter_config.json and adapter_model.safetensors into `directory`. `baseModelName` is what the config names as its base. */
export function writeAdapter(directory: string, adapter: LoraAdapter, baseModelName: string): void {
  writeSafetensors(join(directory, 'adapter_model.safetensors'), adapterTensors(adapter))
  const config = `${JSON.stringify(adapterConfig(adapter, baseModelName), null, 2)}\n`
  writeFileAtomically(join(directory, 'adapter_config.json'), [new TextEncoder().encode(config)])
}

/** File keys carry no adapter name (docs/REFERENCE.md 7.1); sorted by name, as safetensors' Python writer orders equal dtypes. */
function adapterTensors({ modules }: LoraAdapter): ReadonlyMap<string, HostTensor> {
  const entries = [...modules].flatMap(([module, { a, b }]): [string, HostTensor][] => [
    [`base_model.model.model.${module}.lora_A.weight`, a],
    [`base_model.model.model.${module}.lora_B.weight`, b],
  ])
  return new Map(entries.sort(([left], [right]) => (left < right ? -1 : 1)))
}

function adapterConfig(adapter: LoraAdapter, baseModelName: string): Record<string, unknown> {
  return {
    alpha_pattern: patternWhere(adapter, ({ b, scaling }) => scalingToAlpha(scaling, b.shape[1]!, adapter.useRslora), adapter.alpha),
    auto_mapping: null,
    base_model_name_or_path: baseModelName,
    bias: 'none',
    fan_in_fan_out: false,
    inference_mode: true,
    init_lora_weights: true,
    layers_pattern: null,
    layers_to_transform: null,
    lora_alpha: adapter.alpha,
    lora_dropout: adapter.dropout,
    modules_to_save: null,
    peft_type: 'LORA',
    r: adapter.rank,
    rank_pattern: patternWhere(adapter, ({ a }) => a.shape[0]!, adapter.rank),
    revision: null,
    target_modules: adapter.targetModules,
    task_type: 'CAUSAL_LM',
    use_dora: false,
    use_rslora: adapter.useRslora,
  }
}

/** The modules whose value is not the common one, by name. */
function patternWhere(adapter: LoraAdapter, valueOf: (module: LoraModule) => number, common: number): Record<string, number> {
  const entries = [...adapter.modules].map(([name, module]): [string, number] => [name, valueOf(module)])
  return Object.fromEntries(entries.filter(([, value]) => Math.abs(value - common) > alphaTolerance * Math.abs(common)))
}

/** alpha is recovered by a multiplication: the last bits may differ from the number that was read. */
const alphaTolerance = 1e-12

function scalingToAlpha(scaling: number, rank: number, useRslora: boolean): number {
  return scaling / loraScaling(1, rank, useRslora)
}
