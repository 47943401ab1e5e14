/** @file The model that `npm run bench` measures: Qwen2.5-0.5B's shape with random weights. It measures nothing. */
import { join } from 'node:path'
import { expectedTensors, layerLinearShapes, type DecoderConfig } from '../src/main/engine/checkpoint/index.ts'
import { MemGenModel } from '../src/main/engine/memgen/memgen-model.ts'
import { blockFormats, blockShapes } from '../src/main/engine/quantization/block-quantization.ts'
import { elementCount } from '../src/main/engine/tensor/dtype.ts'
import type { ModelLocation, Precision } from '../src/shared/domain/model.ts'
import type { MeasureOptions } from './measures/measure.ts'
import { QWEN_0_5B, writeRandomModel } from './random-model.ts'

export const FULL_LAYERS = QWEN_0_5B.num_hidden_layers

export const PROMPT_LENGTH = 64

/** Writes it unless it is there. */
export function benchModelLocation({ cacheDir, layers }: Pick<MeasureOptions, 'cacheDir' | 'layers'>): ModelLocation {
  const name = layers === FULL_LAYERS ? 'qwen2-0.5b-f32' : `qwen2-0.5b-${layers}-layers-f32`
  return writeRandomModel(join(cacheDir, name), { ...QWEN_0_5B, num_hidden_layers: layers })
}

export async function loadBenchModel(options: MeasureOptions, precision: Precision = 'f32'): Promise<MemGenModel> {
  const location = benchModelLocation(options)
  options.say(`loading ${precision}`)
  // A packed copy would be written beside the measurement, so only the side files of quantised weights are kept.
  const weightsDir = precision === 'f32' ? null : join(options.cacheDir, 'weights')
  return MemGenModel.load(location, { device: 'cpu', threads: options.threads, precision, weightsDir })
}

/** Token ids of a row's prompt that every tokenizer has. */
export function benchPromptIds(length: number, row: number): number[] {
  return Array.from({ length }, (_, index) => 33 + ((index + row) % 64))
}

/**
 * Bytes of weights that decoding a token reads: every matrix of the layers and the head once (the tied table is the head; the one
 * row of it that embeds the token is left out), with the scales of blocks where they are quantised, and norms and biases.
 */
export function weightBytesPerToken(config: DecoderConfig, precision: Precision): number {
  const tensors = [...expectedTensors(config)].filter(([name]) => config.tieWordEmbeddings || name !== 'model.embed_tokens.weight')
  return tensors.reduce((sum, [, shape]) => sum + (shape.length === 2 ? matrixBytes(shape, precision) : 4 * elementCount(shape)), 0)
}

/** Bytes of keys and values that decoding a token reads for each token before it. */
export function cacheBytesPerToken({ numHiddenLayers, numKeyValueHeads, headDim }: DecoderConfig): number {
  return numHiddenLayers * 2 * numKeyValueHeads * headDim * 4
}

/** Multiplications and additions that the matrices of all layers do for a token. */
export function layerFlop(config: DecoderConfig): number {
  const weights = Object.values(layerLinearShapes(config)).reduce((sum, shape) => sum + elementCount(shape), 0)
  return 2 * weights * config.numHiddenLayers
}

/** The same of the head, for a token whose logits are wanted. */
export function headFlop({ vocabSize, hiddenSize }: DecoderConfig): number {
  return 2 * vocabSize * hiddenSize
}

function matrixBytes([outSize = 0, inSize = 0]: readonly number[], precision: Precision): number {
  if (precision === 'f32') return 4 * outSize * inSize
  const { values, scales } = blockShapes([outSize, inSize], blockFormats[precision])
  return elementCount(values) + 4 * elementCount(scales)
}
