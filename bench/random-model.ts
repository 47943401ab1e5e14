/** @file Writes models of a given shape with random weights, so that speed can be measured without downloads. Their text is noise. */
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import {
  decoderConfigFromJson,
  expectedTensors,
  layerLinearShapes,
  writeMemGenCheckpoint,
  writeSafetensors,
  type DecoderConfig,
  type LoraModule,
} from '../src/main/engine/checkpoint/index.ts'
import type { MemGenCheckpoint } from '../src/main/engine/checkpoint/index.ts'
import { elementCount } from '../src/main/engine/tensor/dtype.ts'
import { hostTensor, type HostTensor } from '../src/main/engine/tensor/host-tensor.ts'
import type { ModelLocation } from '../src/shared/domain/model.ts'

/** config.json of Qwen2.5-0.5B, by its published shape: 494 M parameters. */
export const QWEN_0_5B = {
  architectures: ['Qwen2ForCausalLM'],
  model_type: 'qwen2',
  hidden_act: 'silu',
  hidden_size: 896,
  intermediate_size: 4864,
  num_hidden_layers: 24,
  num_attention_heads: 14,
  num_key_value_heads: 2,
  vocab_size: 151936,
  max_position_embeddings: 32768,
  rms_norm_eps: 1e-6,
  rope_theta: 1e6,
  tie_word_embeddings: true,
  torch_dtype: 'float32',
}

/** Qwen2's architecture at 1.1 M parameters. */
export const TINY_QWEN = {
  architectures: ['Qwen2ForCausalLM'],
  model_type: 'qwen2',
  hidden_act: 'silu',
  hidden_size: 128,
  intermediate_size: 384,
  num_hidden_layers: 6,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  vocab_size: 512,
  max_position_embeddings: 1024,
  rms_norm_eps: 1e-6,
  rope_theta: 1e4,
  tie_word_embeddings: true,
  torch_dtype: 'float32',
}

const LATENTS = 8
const LORA_RANK = 16
/** A logit beyond anything random weights answer. */
const ALWAYS_INSERT = 100
/** Standard deviation of Qwen2's initialisation. */
const SPREAD = 0.02

/** Writes the model into `directory` unless it is there. The tokenizer is that of the golden case qwen2. */
export function writeRandomModel(directory: string, baseConfig: Record<string, unknown>): ModelLocation {
  const location = { reasonerDir: join(directory, 'base'), checkpointDir: join(directory, 'memgen') }
  if (existsSync(location.checkpointDir)) return location
  const config = decoderConfigFromJson(join(location.reasonerDir, 'config.json'), baseConfig)
  mkdirSync(location.reasonerDir, { recursive: true })
  writeFileSync(join(location.reasonerDir, 'config.json'), JSON.stringify(baseConfig))
  const golden = join(import.meta.dirname, '../test/golden/qwen2/base')
  for (const name of ['tokenizer.json', 'tokenizer_config.json', 'special_tokens_map.json']) copyFileSync(join(golden, name), join(location.reasonerDir, name))
  const shapes = expectedTensors(config)
  const pool = randomPool(Math.max(...[...shapes.values()].map(elementCount)) + shapes.size * POOL_STRIDE)
  const tensors = [...shapes].map(([name, shape], index): [string, HostTensor] => [name, randomTensor(name, shape, pool.subarray(index * POOL_STRIDE))])
  writeSafetensors(join(location.reasonerDir, 'model.safetensors'), new Map(tensors))
  writeMemGenCheckpoint(location.checkpointDir, randomCheckpoint(location.checkpointDir, config, pool), { baseConfig })
  return location
}

/**
 * Tensors are windows of one pool, this far apart: no two are equal, since ONNX Runtime packs equal initializers once,
 * and such a model would be read from the processor's cache.
 */
const POOL_STRIDE = 1009

/** Uniform numbers of the wanted spread. */
function randomPool(size: number): Float32Array {
  const generator = xoroshiro128plus(1)
  const pool = new Float32Array(size)
  const scale = (SPREAD * Math.sqrt(12)) / 2 ** 32
  for (let index = 0; index < size; index++) pool[index] = generator.next() * scale
  return pool
}

function randomTensor(name: string, shape: readonly number[], pool: Float32Array): HostTensor {
  const size = elementCount(shape)
  return hostTensor(shape, name.endsWith('norm.weight') ? new Float32Array(size).fill(1) : pool.subarray(0, size))
}

function randomCheckpoint(directory: string, config: DecoderConfig, pool: Float32Array): MemGenCheckpoint {
  const { hiddenSize } = config
  const random = (...shape: number[]): HostTensor => hostTensor(shape, pool.slice(0, elementCount(shape)))
  const constant = (value: number, ...shape: number[]): HostTensor => hostTensor(shape, new Float32Array(elementCount(shape)).fill(value))
  const norm = { weight: constant(1, hiddenSize), bias: constant(0, hiddenSize), scale: 1 }
  const adapter = {
    path: join(directory, 'adapter_model.safetensors'),
    rank: LORA_RANK,
    alpha: 2 * LORA_RANK,
    scaling: 2,
    useRslora: false,
    targetModules: ['q_proj', 'v_proj'],
    dropout: 0,
    modules: loraModules(config, random),
  }
  return {
    directory,
    variant: 'memgen',
    promptLatentsLen: LATENTS,
    inferenceLatentsLen: LATENTS,
    maxPromptAugNum: 1,
    maxInferenceAugNum: 5,
    triggerActive: true,
    weaver: { adapter, promptQueryLatents: random(LATENTS, hiddenSize), inferenceQueryLatents: random(LATENTS, hiddenSize), promptNorm: norm, inferenceNorm: norm },
    // A trigger that is asked like any other and always says insert, so that a benchmark knows what happens.
    trigger: { adapter, outputLayer: { weight: random(2, hiddenSize), bias: hostTensor([2], Float32Array.of(0, ALWAYS_INSERT)) } },
    projections: {
      reasonerToWeaver: { weight: random(hiddenSize, hiddenSize), bias: constant(0, hiddenSize) },
      weaverToReasoner: { weight: random(hiddenSize, hiddenSize), bias: constant(0, hiddenSize) },
    },
    files: [],
    tensorFiles: new Map(),
    unusedTensors: [],
  }
}

function loraModules(config: DecoderConfig, random: (...shape: number[]) => HostTensor): Map<string, LoraModule> {
  const modules = new Map<string, LoraModule>()
  const shapes = layerLinearShapes(config)
  for (let layer = 0; layer < config.numHiddenLayers; layer++) {
    for (const module of ['self_attn.q_proj', 'self_attn.v_proj']) {
      const [outSize = 0, inSize = 0] = shapes[module] ?? []
      modules.set(`layers.${layer}.${module}`, { a: random(LORA_RANK, inSize), b: random(outSize, LORA_RANK), scaling: 2 })
    }
  }
  return modules
}
