/**
 * @file Reads the folder that MemGenModel.save_pretrained writes (docs/REFERENCE.md 7), and its common variants: adapters one level
 * up, `.safetensors` instead of `.bin`. Knows no base model.
 */
import { existsSync, realpathSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { HostTensor } from '../tensor/host-tensor.ts'
import { isAdapterDirectory, readAdapter, type LoraAdapter } from './adapter.ts'
import { CheckpointFormatError } from './errors.ts'
import { readJsonFile } from './json-file.ts'
import type { LatentNorm, LinearTensors, MemGenCheckpoint, TriggerPart, WeaverPart } from './memgen-checkpoint.ts'
import { NamedTensors, readStateDict } from './state-dict.ts'
import type { WeightFile } from './weight-index.ts'

/** Far above any use (the paper inserts 8 at most); keeps shapes within reason. */
const maxLatents = 65536

const configSchema = z.object({
  prompt_latents_len: z.int().nonnegative().max(maxLatents),
  inference_latents_len: z.int().nonnegative().max(maxLatents),
  max_prompt_aug_num: z.int().nonnegative(),
  max_inference_aug_num: z.int().nonnegative(),
  trigger_active: z.boolean(),
  delimiters: z.array(z.string()).nullish(),
})

/** The stem of a state dict. */
type PartName = 'projs' | 'weaver' | 'trigger'

/** The state dict of a part, whichever format it has, or undefined. */
export function findPart(directory: string, part: PartName): string | undefined {
  return [`${part}.bin`, `${part}.safetensors`].map((name) => join(directory, name)).find((path) => existsSync(path))
}

/** Throws CheckpointFormatError naming the file and the tensor or field. */
export function readSavePretrainedLayout(directory: string): MemGenCheckpoint {
  const config = readJsonFile(join(directory, 'config.json'), configSchema)
  const projs = openPart(directory, 'projs')
  const weaverTensors = openPart(directory, 'weaver')
  const trigger = findPart(directory, 'trigger') ? openPart(directory, 'trigger') : undefined
  const adapterPaths = { weaver: findAdapter(directory, 'weaver'), trigger: findAdapter(directory, 'trigger') }
  const checkpoint = {
    directory,
    variant: 'memgen' as const,
    promptLatentsLen: config.prompt_latents_len,
    inferenceLatentsLen: config.inference_latents_len,
    maxPromptAugNum: config.max_prompt_aug_num,
    maxInferenceAugNum: config.max_inference_aug_num,
    triggerActive: config.trigger_active,
    ...(config.delimiters ? { delimiters: config.delimiters } : {}),
    weaver: readWeaver(weaverTensors, config, openAdapter(adapterPaths.weaver)),
    trigger: readTrigger(directory, trigger, config.trigger_active, openAdapter(adapterPaths.trigger)),
    projections: {
      reasonerToWeaver: requireLinear(projs, 'reasoner_to_weaver', [null, null]),
      weaverToReasoner: requireLinear(projs, 'weaver_to_reasoner', [null, null]),
    },
    files: listFiles(directory, [projs.path, weaverTensors.path, trigger?.path], [adapterPaths.weaver, adapterPaths.trigger]),
  }
  const parts = [projs, weaverTensors, trigger].filter((part) => part !== undefined)
  const adapters = [checkpoint.weaver.adapter, checkpoint.trigger.adapter].filter((adapter) => adapter !== undefined)
  const tensorFiles = new Map([...parts.flatMap((part) => part.files()), ...adapters.flatMap(filesOfAdapter)])
  return { ...checkpoint, tensorFiles, unusedTensors: parts.flatMap((part) => part.unused()) }
}

function openPart(directory: string, part: PartName): NamedTensors {
  const path = findPart(directory, part)
  if (!path) throw new CheckpointFormatError({ path: directory }, `expected ${part}.bin or ${part}.safetensors, found neither`)
  return new NamedTensors(path, readStateDict(path))
}

/** The reference nests the adapter name inside the part name; forks leave the inner folder out. */
function findAdapter(directory: string, part: 'weaver' | 'trigger'): string | undefined {
  return [join(directory, part, part), join(directory, part)].find(isAdapterDirectory)
}

function openAdapter(directory: string | undefined): LoraAdapter | undefined {
  return directory === undefined ? undefined : readAdapter(directory)
}

function filesOfAdapter({ path, modules }: LoraAdapter): [HostTensor, string][] {
  return [...modules.values()].flatMap(({ a, b }) => [a, b].map((tensor): [HostTensor, string] => [tensor, path]))
}

function readWeaver(tensors: NamedTensors, config: z.infer<typeof configSchema>, adapter: LoraAdapter | undefined): WeaverPart {
  const promptQueryLatents = tensors.require('prompt_query_latents', [config.prompt_latents_len, null])
  const width = promptQueryLatents.shape[1]!
  const promptNorm = readNorm(tensors, 'prompt', width)
  const inferenceNorm = readNorm(tensors, 'inference', width)
  return {
    adapter,
    promptQueryLatents,
    inferenceQueryLatents: tensors.require('inference_query_latents', [config.inference_latents_len, width]),
    ...(promptNorm ? { promptNorm } : {}),
    ...(inferenceNorm ? { inferenceNorm } : {}),
  }
}

/** Norm and scale come together or not at all: a scale alone would have no defined place. */
function readNorm(tensors: NamedTensors, kind: 'prompt' | 'inference', width: number): LatentNorm | undefined {
  const [norm, scale] = [`${kind}_latent_ln`, `${kind}_latent_scale`]
  if (!tensors.has(`${norm}.weight`) && !tensors.has(scale)) return undefined
  return {
    weight: tensors.require(`${norm}.weight`, [width]),
    bias: tensors.require(`${norm}.bias`, [width]),
    scale: tensors.requireScalar(scale),
  }
}

function readTrigger(directory: string, tensors: NamedTensors | undefined, active: boolean, adapter: LoraAdapter | undefined): TriggerPart {
  if (tensors?.has('output_layer.weight')) return { adapter, outputLayer: requireLinear(tensors, 'output_layer', [2, null]) }
  if (active) {
    const place = { path: tensors?.path ?? directory, tensorName: 'output_layer.weight' }
    throw new CheckpointFormatError(place, 'expected by trigger_active in config.json, found no such tensor')
  }
  return { adapter }
}

/** `<name>.weight` [out, in] and `<name>.bias` [out]; null takes any length. Throws CheckpointFormatError. */
export function requireLinear(tensors: NamedTensors, name: string, [outSize, inSize]: readonly [number | null, number | null]): LinearTensors {
  const weight = tensors.require(`${name}.weight`, [outSize, inSize])
  return { weight, bias: tensors.require(`${name}.bias`, [weight.shape[0]!]) }
}

function listFiles(directory: string, parts: readonly (string | undefined)[], adapters: readonly (string | undefined)[]): WeightFile[] {
  const adapterFiles = adapters.flatMap((folder) =>
    folder ? ['adapter_config.json', 'adapter_model.safetensors', 'adapter_model.bin'].map((name) => join(folder, name)) : [],
  )
  return [join(directory, 'config.json'), ...parts, ...adapterFiles]
    .filter((path) => path !== undefined)
    .filter((path) => existsSync(path))
    .map((path) => ({ path: realpathSync(path), sizeBytes: statSync(path).size }))
}
