/**
 * @file A MemGen checkpoint that was never trained: its parts drawn from a seed as torch, PEFT and the reference draw them. Writes
 * nothing.
 */
import type { TrainingConfig, TrainingLora } from '../../../shared/domain/training.ts'
import { layerLinearShapes, type DecoderConfig, type LatentNorm, type LinearTensors, type LoraAdapter, type LoraModule, type MemGenBases, type MemGenCheckpoint } from '../checkpoint/index.ts'
import { elementCount } from '../tensor/dtype.ts'
import { hostTensor, type HostTensor } from '../tensor/host-tensor.ts'
import { fillNormal, fillUniform } from './initial-weights.ts'
import { seededStream } from './seeded-stream.ts'

/** Two classes: skip and insert. */
const TRIGGER_CLASSES = 2

/** @param directory where it will lie, for messages */
export function freshCheckpoint(directory: string, bases: MemGenBases, { model, seed }: Pick<TrainingConfig, 'model' | 'seed'>): MemGenCheckpoint {
  const { reasoner, weaver, trigger } = bases
  const draw = new SeededTensors(seed)
  return {
    directory,
    variant: 'memgen',
    promptLatentsLen: model.promptLatentsLen,
    inferenceLatentsLen: model.inferenceLatentsLen,
    maxPromptAugNum: model.maxPromptAugNum,
    maxInferenceAugNum: model.maxInferenceAugNum,
    triggerActive: model.triggerActive,
    weaver: {
      adapter: freshAdapter(directory, 'weaver', weaver, model.weaverLora, draw),
      // torch.randn, LayerNorm's ones and zeros and a scale of 1 (memgen/model/weaver.py).
      promptQueryLatents: draw.normal('prompt_query_latents', [model.promptLatentsLen, weaver.hiddenSize]),
      inferenceQueryLatents: draw.normal('inference_query_latents', [model.inferenceLatentsLen, weaver.hiddenSize]),
      promptNorm: unitNorm(weaver.hiddenSize),
      inferenceNorm: unitNorm(weaver.hiddenSize),
    },
    trigger: {
      adapter: freshAdapter(directory, 'trigger', trigger, model.triggerLora, draw),
      outputLayer: draw.linear('output_layer', trigger.hiddenSize, TRIGGER_CLASSES),
    },
    projections: {
      reasonerToWeaver: projection('reasoner_to_weaver', reasoner.hiddenSize, weaver.hiddenSize, model.projectionInit, draw),
      weaverToReasoner: projection('weaver_to_reasoner', weaver.hiddenSize, reasoner.hiddenSize, model.projectionInit, draw),
    },
    files: [],
    tensorFiles: new Map(),
    unusedTensors: [],
  }
}

/** A is drawn, B is 0, so that the adapter changes nothing yet (peft/tuners/lora/layer.py, reset_lora_parameters). */
export function freshAdapter(path: string, part: string, config: DecoderConfig, lora: TrainingLora, draw: SeededTensors): LoraAdapter {
  const scaling = lora.loraAlpha / lora.r
  const modules = new Map<string, LoraModule>()
  for (let layer = 0; layer < config.numHiddenLayers; layer++) {
    for (const [name, [outSize, inSize]] of Object.entries(layerLinearShapes(config))) {
      if (!lora.targetModules.includes(name.split('.').at(-1) ?? '')) continue
      const module = `layers.${layer}.${name}`
      const a = draw.uniform(`${part}.${module}.lora_A`, [lora.r, inSize], 1 / Math.sqrt(inSize))
      modules.set(module, { a, b: hostTensor([outSize, lora.r], new Float32Array(outSize * lora.r)), scaling })
    }
  }
  if (modules.size === 0) {
    const names = Object.keys(layerLinearShapes(config)).join(', ')
    throw new Error(`model.${part}Lora.targetModules: expected some of ${names}, by their last names, found ${lora.targetModules.join(', ')}`)
  }
  return { path, rank: lora.r, alpha: lora.loraAlpha, scaling, useRslora: false, targetModules: lora.targetModules, dropout: lora.loraDropout, modules }
}

/** Tensors that depend on the seed and their name alone. */
export class SeededTensors {
  readonly #seed: number

  constructor(seed: number) {
    this.#seed = seed
  }

  /** N(0, 1). */
  normal(name: string, shape: readonly number[]): HostTensor {
    const data = new Float32Array(elementCount(shape))
    fillNormal(data, 1, seededStream(this.#seed, 'fresh', name))
    return hostTensor(shape, data)
  }

  /** U(-bound, bound). */
  uniform(name: string, shape: readonly number[], bound: number): HostTensor {
    const data = new Float32Array(elementCount(shape))
    fillUniform(data, bound, seededStream(this.#seed, 'fresh', name))
    return hostTensor(shape, data)
  }

  /** torch.nn.Linear's initialisation, weight and bias. */
  linear(name: string, inSize: number, outSize: number): LinearTensors {
    const bound = 1 / Math.sqrt(inSize)
    return { weight: this.uniform(`${name}.weight`, [outSize, inSize], bound), bias: this.uniform(`${name}.bias`, [outSize], bound) }
  }
}

function unitNorm(width: number): LatentNorm {
  return { weight: hostTensor([width], new Float32Array(width).fill(1)), bias: hostTensor([width], new Float32Array(width)), scale: 1 }
}

function projection(name: string, inSize: number, outSize: number, init: TrainingConfig['model']['projectionInit'], draw: SeededTensors): LinearTensors {
  if (init === 'pytorch') return draw.linear(name, inSize, outSize)
  if (inSize !== outSize) throw new Error(`model.projectionInit: expected pytorch, since ${name} maps ${inSize} numbers to ${outSize}, found identity`)
  const weight = new Float32Array(inSize * inSize)
  for (let index = 0; index < inSize; index++) weight[index * inSize + index] = 1
  return { weight: hostTensor([outSize, inSize], weight), bias: hostTensor([outSize], new Float32Array(outSize)) }
}
