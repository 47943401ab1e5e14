/** @file Reads a Hugging Face model folder: configuration, and where its weights lie. Knows no tokenizer and reads no weights. */
import { existsSync, realpathSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { isFloatDType } from '../tensor/dtype.ts'
import { expectedTensors, type DecoderConfig } from './decoder-config.ts'
import { CheckpointFormatError, showShape } from './errors.ts'
import { readGenerationConfig, type GenerationConfig } from './generation-config.ts'
import { readDecoderConfig } from './model-config-reader.ts'
import { openWeights, type WeightIndex } from './weight-index.ts'

export interface BaseModel {
  /** Realpath. */
  readonly directory: string
  readonly config: DecoderConfig
  readonly weights: WeightIndex
  readonly generationConfig?: GenerationConfig
}

/** How the tensors of a folder compare with what its configuration needs. */
export interface WeightComparison {
  readonly expectedCount: number
  readonly foundCount: number
  readonly missing: readonly string[]
  readonly unused: readonly string[]
  /** Tensors with the right name but another shape, or a dtype we cannot compute with. */
  readonly mismatched: readonly CheckpointFormatError[]
}

/** Reads and verifies a model folder. Throws CheckpointFormatError naming the file and the tensor or field. */
export function readBaseModel(directory: string): BaseModel {
  const model = openBaseModel(directory)
  verifyWeights(model.weights, model.config)
  return model
}

/** Like {@link readBaseModel}, but leaves missing or misshapen tensors to be found by {@link compareWeights}. */
export function openBaseModel(directory: string): BaseModel {
  if (!existsSync(directory) || !statSync(directory).isDirectory()) {
    throw new CheckpointFormatError({ path: directory }, 'expected a model folder, found none')
  }
  const realDirectory = realpathSync(directory)
  const config = readDecoderConfig(join(realDirectory, 'config.json'))
  const generationConfig = readGenerationConfig(join(realDirectory, 'generation_config.json'))
  const weights = openWeights(realDirectory)
  return { directory: realDirectory, config, weights, ...(generationConfig ? { generationConfig } : {}) }
}

/** Throws for the first tensor that is missing, misshapen or of a dtype we cannot compute with. `lmHead` as in expectedTensors. */
export function verifyWeights(weights: WeightIndex, config: DecoderConfig, options?: { lmHead?: boolean }): void {
  const { missing, mismatched } = compareWeights(weights, config, options)
  const name = missing[0]
  if (name !== undefined) {
    const shape = expectedTensors(config, options).get(name) ?? []
    const more = missing.length > 1 ? ` (and ${missing.length - 1} more are missing)` : ''
    const path = weights.files.length === 1 && weights.files[0] ? weights.files[0].path : weights.directory
    throw new CheckpointFormatError({ path, tensorName: name }, `expected shape ${showShape(shape)}, found no such tensor${more}`)
  }
  if (mismatched[0]) throw mismatched[0]
}

/** Compares without throwing. */
export function compareWeights(weights: WeightIndex, config: DecoderConfig, options?: { lmHead?: boolean }): WeightComparison {
  const expected = expectedTensors(config, options)
  const missing: string[] = []
  const mismatched: CheckpointFormatError[] = []
  for (const [name, shape] of expected) {
    const found = weights.tensors.get(name)
    if (!found) {
      missing.push(name)
      continue
    }
    const place = { path: found.file, tensorName: name }
    if (showShape(found.shape) !== showShape(shape)) {
      mismatched.push(new CheckpointFormatError(place, `expected shape ${showShape(shape)}, found ${showShape(found.shape)}`))
    } else if (!isFloatDType(found.dtype)) {
      mismatched.push(new CheckpointFormatError(place, `expected dtype F32, F16 or BF16, found ${found.dtype}`))
    }
  }
  const unused = [...weights.tensors.keys()].filter((name) => !expected.has(name) && !isIgnorable(name))
  return { expectedCount: expected.size, foundCount: expected.size - missing.length, missing, unused, mismatched }
}

/** Stored, but computed or shared elsewhere: rotary frequencies of old transformers, and a head that is tied or not asked for. */
function isIgnorable(name: string): boolean {
  return name.endsWith('.rotary_emb.inv_freq') || name === 'lm_head.weight'
}
