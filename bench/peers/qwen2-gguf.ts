/**
 * @file The measured model as a GGUF file: the same random weights under the names that llama.cpp gives Qwen2's tensors
 * (src/llama-arch.cpp of ggml-org/llama.cpp), with a vocabulary that spells nothing. It runs nothing.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expectedTensors, openBaseModel, readTensor, type DecoderConfig, type TensorLocation } from '../../src/main/engine/checkpoint/index.ts'
import { elementCount } from '../../src/main/engine/tensor/dtype.ts'
import type { Precision } from '../../src/shared/domain/model.ts'
import { ggmlByteLength, toGgml } from './ggml-blocks.ts'
import { writeGguf, type GgmlType, type GgufTensor, type GgufValue } from './gguf-writer.ts'

const types = { f32: 'F32', q8: 'Q8_0', q4: 'Q4_0' } as const satisfies Record<Precision, GgmlType>

const layerNames: Readonly<Record<string, string>> = {
  'input_layernorm': 'attn_norm',
  'self_attn.q_proj': 'attn_q',
  'self_attn.k_proj': 'attn_k',
  'self_attn.v_proj': 'attn_v',
  'self_attn.o_proj': 'attn_output',
  'post_attention_layernorm': 'ffn_norm',
  'mlp.gate_proj': 'ffn_gate',
  'mlp.up_proj': 'ffn_up',
  'mlp.down_proj': 'ffn_down',
}
const modelNames: Readonly<Record<string, string>> = { 'embed_tokens': 'token_embd', 'norm': 'output_norm' }

/** Writes it into `directory` unless it is there; returns its path. */
export function writeQwen2Gguf(reasonerDir: string, directory: string, precision: Precision): string {
  const path = join(directory, `${precision}.gguf`)
  if (existsSync(path)) return path
  const { config, weights } = openBaseModel(reasonerDir)
  const tensors = [...expectedTensors(config).keys()].map((name) => toGgufTensor(name, weights.tensors.get(name), types[precision]))
  writeGguf(path, { ...architecture(config), ...vocabulary(config.vocabSize) }, tensors)
  return path
}

/** Vectors stay float32, as llama.cpp's own quantiser leaves them. */
function toGgufTensor(name: string, location: TensorLocation | undefined, matrixType: GgmlType): GgufTensor {
  if (location === undefined) throw new Error(`internal: the random model has no tensor ${name}`)
  const { shape } = location
  const type = shape.length === 2 ? matrixType : 'F32'
  return { name: ggufName(name), shape, type, byteLength: ggmlByteLength(type, elementCount(shape)), read: () => toGgml(type, readTensor(location).data) }
}

function ggufName(name: string): string {
  const [, layer, module = '', kind = ''] = /^model\.(?:layers\.(\d+)\.)?(.+)\.(weight|bias)$/.exec(name) ?? []
  const renamed = layer === undefined ? modelNames[module] : layerNames[module]
  if (renamed === undefined) throw new Error(`internal: tensor ${name} has no name in GGUF`)
  return layer === undefined ? `${renamed}.${kind}` : `blk.${layer}.${renamed}.${kind}`
}

function architecture(config: DecoderConfig): Record<string, GgufValue> {
  return {
    'general.architecture': { text: 'qwen2' },
    'general.name': { text: 'random weights' },
    'qwen2.block_count': { uint32: config.numHiddenLayers },
    'qwen2.context_length': { uint32: config.maxPositionEmbeddings },
    'qwen2.embedding_length': { uint32: config.hiddenSize },
    'qwen2.feed_forward_length': { uint32: config.intermediateSize },
    'qwen2.attention.head_count': { uint32: config.numAttentionHeads },
    'qwen2.attention.head_count_kv': { uint32: config.numKeyValueHeads },
    'qwen2.attention.layer_norm_rms_epsilon': { float32: config.rmsNormEps },
    'qwen2.rope.freq_base': { float32: config.ropeTheta },
  }
}

/** enum llama_token_type. */
const NORMAL_TOKEN = 1

/** Every token a word of its own, none of them an end: ids go in and ids come out. */
function vocabulary(vocabSize: number): Record<string, GgufValue> {
  return {
    'tokenizer.ggml.model': { text: 'gpt2' },
    'tokenizer.ggml.pre': { text: 'qwen2' },
    'tokenizer.ggml.tokens': { texts: Array.from({ length: vocabSize }, (_, id) => `t${id}`) },
    'tokenizer.ggml.token_type': { int32s: new Array<number>(vocabSize).fill(NORMAL_TOKEN) },
    'tokenizer.ggml.merges': { texts: ['t 0'] },
    'tokenizer.ggml.eos_token_id': { uint32: vocabSize - 1 },
    'tokenizer.ggml.bos_token_id': { uint32: vocabSize - 1 },
  }
}
