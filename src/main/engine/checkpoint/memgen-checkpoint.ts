/** @file What a MemGen checkpoint holds besides base models, whatever layout it was read from. Knows no files. */
import type { HostTensor } from '../tensor/host-tensor.ts'
import { verifyAdapter, type LoraAdapter } from './adapter.ts'
import type { DecoderConfig } from './decoder-config.ts'
import { CheckpointFormatError, showShape } from './errors.ts'
import type { WeightFile, WeightIndex } from './weight-index.ts'

/** `memgen` is what the reference writes today; `latent-memory-model` is its earlier version (docs/REFERENCE.md 8). */
export type MemGenVariant = 'memgen' | 'latent-memory-model'

/** y = weight x + bias; weight `[out, in]`, bias `[out]` float32. */
export interface LinearTensors {
  readonly weight: HostTensor
  readonly bias: HostTensor
}

/** LayerNorm(x) * scale on query latents; weight and bias `[Hw]` float32. */
export interface LatentNorm extends LinearTensors {
  readonly scale: number
}

export interface WeaverPart {
  readonly adapter: LoraAdapter | undefined
  /** `[P, Hw]` float32. */
  readonly promptQueryLatents: HostTensor
  /** `[I, Hw]` float32. */
  readonly inferenceQueryLatents: HostTensor
  /** Absent in the earlier version: queries enter the weaver as they are. */
  readonly promptNorm?: LatentNorm
  readonly inferenceNorm?: LatentNorm
}

export interface TriggerPart {
  readonly adapter: LoraAdapter | undefined
  /** weight `[2, Ht]`, bias `[2]`; row 1 = insert. Absent when the trigger is the constant "always insert". */
  readonly outputLayer?: LinearTensors
}

export interface Projections {
  /** weight `[Hw, Hr]`. */
  readonly reasonerToWeaver: LinearTensors
  /** weight `[Hr, Hw]`. */
  readonly weaverToReasoner: LinearTensors
}

/** Base weights inside a whole-model checkpoint, under their Hugging Face names, to be used in place. */
export interface EmbeddedBases {
  readonly reasoner: WeightIndex
  /** Its head is never used and may be absent. */
  readonly weaver: WeightIndex
  /** Without head: the stored one is `trigger.outputLayer`. */
  readonly trigger?: WeightIndex
}

export interface MemGenCheckpoint {
  readonly directory: string
  readonly variant: MemGenVariant
  readonly promptLatentsLen: number
  readonly inferenceLatentsLen: number
  readonly maxPromptAugNum: number
  readonly maxInferenceAugNum: number
  readonly triggerActive: boolean
  /** Only where the configuration names them; the reference has `,` `.` and newline in its code. */
  readonly delimiters?: readonly string[]
  readonly weaver: WeaverPart
  readonly trigger: TriggerPart
  readonly projections: Projections
  /** Every file that was read, with its size. */
  readonly files: readonly WeightFile[]
  /** The file of each own tensor that was read from one; those drawn or trained since are not in it. */
  readonly tensorFiles: ReadonlyMap<HostTensor, string>
  /** Tensors in those files that have no place in a MemGen model. */
  readonly unusedTensors: readonly string[]
  readonly embeddedBases?: EmbeddedBases
}

/** The three decoders a checkpoint is used with. */
export interface MemGenBases {
  readonly reasoner: DecoderConfig
  readonly weaver: DecoderConfig
  readonly trigger: DecoderConfig
}

/** The file that one of the checkpoint's own tensors was read from, or the checkpoint's folder where it was not read. */
export function fileOf({ tensorFiles, directory }: MemGenCheckpoint, tensor: HostTensor): string {
  return tensorFiles.get(tensor) ?? directory
}

/** Checks widths and adapters against the base models. Throws CheckpointFormatError naming the tensor. */
export function verifyMemGenCheckpoint(checkpoint: MemGenCheckpoint, bases: MemGenBases): void {
  const { weaver, trigger, projections } = checkpoint
  const reasonerSize = bases.reasoner.hiddenSize
  const weaverSize = bases.weaver.hiddenSize
  const expectations: readonly [string, HostTensor | undefined, readonly number[]][] = [
    ['reasoner_to_weaver.weight', projections.reasonerToWeaver.weight, [weaverSize, reasonerSize]],
    ['weaver_to_reasoner.weight', projections.weaverToReasoner.weight, [reasonerSize, weaverSize]],
    ['prompt_query_latents', weaver.promptQueryLatents, [checkpoint.promptLatentsLen, weaverSize]],
    ['inference_query_latents', weaver.inferenceQueryLatents, [checkpoint.inferenceLatentsLen, weaverSize]],
    ['output_layer.weight', trigger.outputLayer?.weight, [2, bases.trigger.hiddenSize]],
  ]
  for (const [tensorName, tensor, shape] of expectations) {
    if (tensor && showShape(tensor.shape) !== showShape(shape)) {
      const problem = `expected shape ${showShape(shape)} for these base models, found ${showShape(tensor.shape)}`
      throw new CheckpointFormatError({ path: fileOf(checkpoint, tensor), tensorName }, problem)
    }
  }
  if (weaver.adapter) verifyAdapter(weaver.adapter, bases.weaver)
  if (trigger.adapter) verifyAdapter(trigger.adapter, bases.trigger)
}
