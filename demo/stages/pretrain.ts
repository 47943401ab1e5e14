/** @file The first stage: pre-trains the reasoner on generated problems, facts in their text. Knows no MemGen. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { decoderConfigFromJson, expectedTensors, writeSafetensors, type TensorLocation } from '../../src/main/engine/checkpoint/index.ts'
import { elementCount } from '../../src/main/engine/tensor/dtype.ts'
import { hostTensor } from '../../src/main/engine/tensor/host-tensor.ts'
import { openTokenizer } from '../../src/main/engine/tokenization/tokenizer.ts'
import { drawBaseWeights } from '../../src/main/engine/training/initial-weights.ts'
import { LanguageModelStep } from '../../src/main/engine/training/language-model-step.ts'
import { OptimizerSteps, type OptimizerOptions } from '../../src/main/engine/training/optimizer-steps.ts'
import { ParameterSet } from '../../src/main/engine/training/parameter-set.ts'
import type { TrainingPass } from '../../src/main/engine/training/supervised-rows.ts'
import { writeDemoTokenizer } from '../demo-tokenizer.ts'
import { pretrainingSample } from '../domains/splits.ts'
import { createSampleEncoder, type EncodedSample } from '../sample-encoder.ts'
import { BASE_CONFIG } from './model-shape.ts'
import type { StageProgress } from './stage.ts'

export const PRETRAINING = {
  seed: 1,
  steps: 4800,
  batchSize: 16,
  optimizer: {
    learningRate: 2e-3,
    betas: [0.9, 0.98],
    eps: 1e-8,
    weightDecay: 0.01,
    decayNormsAndBiases: false,
    schedule: 'cosine',
    warmupRatio: 0.03,
    maxGradNorm: 1,
  } satisfies OptimizerOptions,
}

/** Writes a base model folder: tokenizer, configuration and trained weights. */
export async function pretrain(directory: string, settings: typeof PRETRAINING, onProgress: StageProgress): Promise<void> {
  mkdirSync(directory, { recursive: true })
  writeDemoTokenizer(directory, settings.seed)
  writeFileSync(join(directory, 'config.json'), `${JSON.stringify(BASE_CONFIG, null, 2)}\n`)
  const config = decoderConfigFromJson(join(directory, 'config.json'), BASE_CONFIG)
  const parameters = ParameterSet.from(drawBaseWeights(config, BASE_CONFIG.initializer_range, settings.seed))
  const encoder = createSampleEncoder(openTokenizer(directory))
  const gradients = parameters.zerosLike()
  const optimizer = new OptimizerSteps(parameters, settings.optimizer, settings.steps)
  // All weights are inputs, so there is no file yet that they could lie in.
  const step = await LanguageModelStep.create(config, placelessWeights(expectedTensors(config)), { trainsBase: true })
  for (let index = 0; index < settings.steps; index++) {
    const passes = Array.from({ length: settings.batchSize }, (_, row) => trainingPass(encoder.encodeSample(pretrainingSample(settings.seed, index * settings.batchSize + row))))
    gradients.values.fill(0)
    const count = countTargets(passes)
    const { loss } = await step.run(passes, parameters, { weights: new Float32Array(count).fill(1 / count) }, { gradients })
    optimizer.take(index, loss, parameters, gradients)
    onProgress({ step: index + 1, steps: settings.steps, values: { loss } })
  }
  await step.release()
  const tensors = parameters.list().map(({ name, shape }) => [name, hostTensor(shape, parameters.view(name))] as const)
  writeSafetensors(join(directory, 'model.safetensors'), new Map(tensors))
}

/** A whole sample without memory: each supervised token is predicted from those before it. */
export function trainingPass({ inputIds, labels }: EncodedSample): TrainingPass {
  const targets = labels.flatMap((label, position) => (label >= 0 && position > 0 ? [{ position, label }] : []))
  return { ids: inputIds.slice(0, (targets.at(-1)?.position ?? 0) + 1), insertions: [], targets }
}

function countTargets(passes: readonly TrainingPass[]): number {
  return passes.reduce((sum, { targets }) => sum + targets.length, 0)
}

function placelessWeights(shapes: ReadonlyMap<string, readonly number[]>): Map<string, TensorLocation> {
  const place = (name: string, shape: readonly number[]): TensorLocation => ({ name, shape, dtype: 'F32', file: '', byteOffset: 0, byteLength: 4 * elementCount(shape) })
  return new Map([...shapes].map(([name, shape]) => [name, place(name, shape)]))
}
