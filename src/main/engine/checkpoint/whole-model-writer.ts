/**
 * @file Writes the earlier whole-model layout (docs/REFERENCE.md 8) again: what the checkpoint holds now in the place of what was read, every
 * base weight byte for byte. Knows no training.
 */
import { join } from 'node:path'
import { z } from 'zod'
import type { HostTensor } from '../tensor/host-tensor.ts'
import { loraTensorOf } from './adapter.ts'
import { writeDirectoryAtomically } from './atomic-directory.ts'
import { writeFileAtomically } from './atomic-file.ts'
import { withFile } from './byte-source.ts'
import { readJsonFile } from './json-file.ts'
import type { MemGenCheckpoint } from './memgen-checkpoint.ts'
import { safetensorsHeader } from './safetensors-writer.ts'
import type { TensorLocation } from './safetensors.ts'
import { openWeights } from './weight-index.ts'

const COPIED_AT_ONCE_BYTES = 8 * 2 ** 20

const configSchema = z.looseObject({ model: z.looseObject({}) })

/**
 * Writes into a folder beside `directory` and renames it. Base weights are copied from the folder that the checkpoint was read from, which has to
 * be there still. Throws CheckpointFormatError, or the file system's error (disk full) with what was at `directory` in place.
 */
export function writeWholeModel(directory: string, checkpoint: MemGenCheckpoint): void {
  const config = readJsonFile(join(checkpoint.directory, 'config.json'), configSchema)
  const { maxPromptAugNum, maxInferenceAugNum } = checkpoint
  const limits = { max_prompt_aug_num: maxPromptAugNum, max_inference_aug_num: maxInferenceAugNum }
  const stored = openWeights(checkpoint.directory).tensors
  const tensors = new Map([...stored].map(([name, location]) => [name, ownTensor(checkpoint, name) ?? location]))
  writeDirectoryAtomically(directory, (partial) => {
    const text = `${JSON.stringify({ ...config, model: { ...config.model, ...limits } }, null, 2)}\n`
    writeFileAtomically(join(partial, 'config.json'), [new TextEncoder().encode(text)])
    writeFileAtomically(join(partial, 'model.safetensors'), fileChunks(tensors))
  })
}

/** The checkpoint's own tensor of this stored name; undefined for a base weight. */
function ownTensor({ weaver, trigger, projections }: MemGenCheckpoint, name: string): HostTensor | undefined {
  const named = new Map([
    ['weaver.prompt_query_latents', weaver.promptQueryLatents],
    ['weaver.inference_query_latents', weaver.inferenceQueryLatents],
    ['reasoner_to_weaver.weight', projections.reasonerToWeaver.weight],
    ['reasoner_to_weaver.bias', projections.reasonerToWeaver.bias],
    ['weaver_to_reasoner.weight', projections.weaverToReasoner.weight],
    ['weaver_to_reasoner.bias', projections.weaverToReasoner.bias],
  ]).get(name)
  if (named !== undefined) return named
  const [, role, inRole] = /^(weaver|trigger)\.model\.(.+)$/.exec(name) ?? []
  if (role === undefined || inRole === undefined) return undefined
  const part = role === 'weaver' ? weaver : trigger
  const [, headHalf] = /^(?:base_model\.model\.)?lm_head\.(weight|bias)$/.exec(inRole) ?? []
  if (role === 'trigger' && headHalf !== undefined) return trigger.outputLayer?.[headHalf === 'weight' ? 'weight' : 'bias']
  const lora = loraTensorOf(inRole)
  return lora === null ? undefined : part.adapter?.modules.get(lora.module)?.[lora.half]
}

function* fileChunks(tensors: ReadonlyMap<string, HostTensor | TensorLocation>): Generator<Uint8Array> {
  yield safetensorsHeader(tensors, { format: 'pt' })
  for (const tensor of tensors.values()) {
    if ('data' in tensor) yield new Uint8Array(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength)
    else yield* storedBytes(tensor)
  }
}

function* storedBytes({ file, byteOffset, byteLength }: TensorLocation): Generator<Uint8Array> {
  for (let start = 0; start < byteLength; start += COPIED_AT_ONCE_BYTES) {
    yield withFile(file, (source) => source.read(byteOffset + start, Math.min(COPIED_AT_ONCE_BYTES, byteLength - start)))
  }
}
