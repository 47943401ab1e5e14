/**
 * @file Reads the earlier whole-model checkpoint (docs/REFERENCE.md 8): one state dict with base weights, LoRA and latents together.
 * Base weights are only located, never read. Knows no base folder.
 */
import { join } from 'node:path'
import { z } from 'zod'
import type { HostTensor } from '../tensor/host-tensor.ts'
import { buildAdapter, type LoraAdapter } from './adapter.ts'
import { loraConfigFromJson } from './adapter-config.ts'
import { CheckpointFormatError } from './errors.ts'
import { readJsonFile } from './json-file.ts'
import type { EmbeddedBases, MemGenCheckpoint } from './memgen-checkpoint.ts'
import { readTensor, type TensorLocation } from './safetensors.ts'
import { requireLinear } from './save-pretrained-layout.ts'
import { NamedTensors } from './state-dict.ts'
import { openWeights, type WeightIndex } from './weight-index.ts'

const partSchema = z.object({ use_peft: z.boolean().nullish(), peft_config: z.unknown().optional() })

const configSchema = z.object({
  model: z.object({
    max_prompt_aug_num: z.int().nonnegative(),
    max_inference_aug_num: z.int().nonnegative(),
    weaver: partSchema.extend({
      prompt_latents_len: z.int().nonnegative(),
      inference_latents_len: z.int().nonnegative(),
    }),
    trigger: partSchema.nullish(),
  }),
})
type PartConfig = z.infer<typeof partSchema>

/** Whether the folder holds such a state dict. */
export function isWholeModelLayout(weights: WeightIndex): boolean {
  return weights.tensors.has('weaver.prompt_query_latents')
}

/** Throws CheckpointFormatError naming the file and the tensor or field. */
export function readWholeModelLayout(directory: string): MemGenCheckpoint {
  const configPath = join(directory, 'config.json')
  const { model } = readJsonFile(configPath, configSchema)
  const weights = openWeights(directory)
  const groups = groupByRole(weights)
  const tensorFiles = new Map<HostTensor, string>()
  const read = (locations: Locations): Map<string, HostTensor> => readAll(locations, tensorFiles)
  const own = new NamedTensors(weights.files[0]?.path ?? directory, read(groups.own))
  const weaver = splitPart(groups.weaver, weights)
  const trigger = groups.trigger.size > 0 ? splitPart(groups.trigger, weights) : undefined
  const head = trigger && takeHead(trigger.base, own.path, read)
  const promptQueryLatents = own.require('weaver.prompt_query_latents', [model.weaver.prompt_latents_len, null])
  const checkpoint = {
    directory,
    variant: 'latent-memory-model' as const,
    promptLatentsLen: model.weaver.prompt_latents_len,
    inferenceLatentsLen: model.weaver.inference_latents_len,
    maxPromptAugNum: model.max_prompt_aug_num,
    maxInferenceAugNum: model.max_inference_aug_num,
    // That version has no switch: without a trigger model the decision is constant (docs/REFERENCE.md 8.4).
    triggerActive: head !== undefined,
    weaver: {
      adapter: readPartAdapter(configPath, model.weaver, read(weaver.lora), own.path),
      promptQueryLatents,
      inferenceQueryLatents: own.require('weaver.inference_query_latents', [model.weaver.inference_latents_len, promptQueryLatents.shape[1]!]),
    },
    trigger: {
      adapter: trigger && readPartAdapter(configPath, model.trigger ?? {}, read(trigger.lora), own.path),
      ...(head ? { outputLayer: requireLinear(head, 'lm_head', [2, null]) } : {}),
    },
    projections: {
      reasonerToWeaver: requireLinear(own, 'reasoner_to_weaver', [null, null]),
      weaverToReasoner: requireLinear(own, 'weaver_to_reasoner', [null, null]),
    },
    files: weights.files,
    tensorFiles,
    embeddedBases: embeddedBases(weights, groups.reasoner, weaver.base, trigger?.base),
  }
  return { ...checkpoint, unusedTensors: own.unused() }
}

type Locations = Map<string, TensorLocation>

interface RoleGroups {
  readonly reasoner: Locations
  readonly weaver: Locations
  readonly trigger: Locations
  /** Projections and latents, under their stored names. */
  readonly own: Locations
}

/** `model.` is the reasoner; `weaver.model.` and `trigger.model.` the others, with `base_model.model.` in between under PEFT. */
function groupByRole(weights: WeightIndex): RoleGroups {
  const groups: RoleGroups = { reasoner: new Map(), weaver: new Map(), trigger: new Map(), own: new Map() }
  for (const [name, location] of weights.tensors) {
    const match = /^(?:(weaver|trigger)\.)?model\.(?:base_model\.model\.)?(.+)$/.exec(name)
    if (!match) groups.own.set(name, location)
    else groups[match[1] === 'weaver' || match[1] === 'trigger' ? match[1] : 'reasoner'].set(match[2]!, location)
  }
  return groups
}

/** Separates LoRA tensors from base weights; PEFT calls the wrapped module's own weight `q_proj.base_layer.weight`. */
function splitPart(group: Locations, weights: WeightIndex): { base: Locations; lora: Locations } {
  const base: Locations = new Map()
  const lora: Locations = new Map()
  for (const [name, location] of group) {
    const target = /\.lora_[AB]\./.test(name) ? lora : base
    const plainName = name.replace('.base_layer.', '.')
    if (target.has(plainName)) {
      const problem = `expected ${plainName} once among ${weights.tensors.size} tensors, found it twice`
      throw new CheckpointFormatError({ path: location.file, tensorName: location.name }, problem)
    }
    target.set(plainName, location)
  }
  return { base, lora }
}

/** The trigger's language head was replaced by Linear(H, 2); it leaves the base weights. */
function takeHead(base: Locations, path: string, read: (locations: Locations) => Map<string, HostTensor>): NamedTensors {
  const head = [...base].filter(([name]) => name.startsWith('lm_head.'))
  for (const [name] of head) base.delete(name)
  return new NamedTensors(path, read(new Map(head)))
}

function readPartAdapter(configPath: string, config: PartConfig, lora: ReadonlyMap<string, HostTensor>, path: string): LoraAdapter | undefined {
  if (lora.size === 0) return undefined
  if (config.peft_config === undefined) {
    const problem = `expected the settings of the LoRA tensors in ${path}, found none`
    throw new CheckpointFormatError({ path: configPath, field: 'peft_config' }, problem)
  }
  return buildAdapter(path, loraConfigFromJson(configPath, config.peft_config), lora)
}

/** The tensors by name; `files` learns where each was read. */
function readAll(locations: Locations, files: Map<HostTensor, string>): Map<string, HostTensor> {
  return new Map(
    [...locations].map(([name, location]) => {
      const tensor = readTensor(location)
      files.set(tensor, location.file)
      return [name, tensor]
    }),
  )
}

function embeddedBases(weights: WeightIndex, reasoner: Locations, weaver: Locations, trigger: Locations | undefined): EmbeddedBases {
  const view = (tensors: Locations): WeightIndex => ({ directory: weights.directory, tensors, files: weights.files })
  return { reasoner: view(reasoner), weaver: view(weaver), ...(trigger ? { trigger: view(trigger) } : {}) }
}
