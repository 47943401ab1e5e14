/**
 * @file Turns a Hugging Face config.json into a DecoderConfig. Knows no weights.
 * Names and defaults: transformers 4.55, models/{qwen2,llama,smollm3,qwen3}/configuration_*.py and modeling_rope_utils.py.
 */
import { z } from 'zod'
import { modelTypes, type DecoderConfig, type ModelType, type RopeScaling } from './decoder-config.ts'
import { CheckpointFormatError, quote } from './errors.ts'
import { acceptJson, readJsonFile } from './json-file.ts'

/** Larger than any published model by a factor of four or more; they keep sums of sizes exact and lists short. */
const configLimits = { layers: 1024, heads: 4096, width: 1 << 20, vocabulary: 1 << 24 } as const

const count = (limit: number) => z.int().positive().max(limit)
const flag = z.boolean().nullish()
const positive = z.number().positive()
const tokenId = z.int().nonnegative()
const looseObject = z.record(z.string(), z.unknown())

const configSchema = z.object({
  model_type: z.string().optional(),
  architectures: z.array(z.string()).nullish(),
  hidden_size: count(configLimits.width),
  intermediate_size: count(configLimits.width),
  num_hidden_layers: count(configLimits.layers),
  num_attention_heads: count(configLimits.heads),
  num_key_value_heads: count(configLimits.heads).nullish(),
  head_dim: count(configLimits.width).nullish(),
  vocab_size: count(configLimits.vocabulary),
  rms_norm_eps: positive.default(1e-6),
  rope_theta: positive.nullish(),
  rope_scaling: looseObject.nullish(),
  rope_parameters: looseObject.nullish(),
  partial_rotary_factor: z.number().nullish(),
  max_position_embeddings: z.int().positive().default(32768),
  tie_word_embeddings: flag,
  attention_bias: flag,
  mlp_bias: flag,
  no_rope_layers: z.array(z.int()).nullish(),
  no_rope_layer_interval: z.int().positive().nullish(),
  sliding_window: z.int().nullish(),
  use_sliding_window: flag,
  max_window_layers: z.int().nullish(),
  layer_types: z.array(z.string()).nullish(),
  hidden_act: z.string().default('silu'),
  bos_token_id: tokenId.nullish(),
  eos_token_id: z.union([tokenId, z.array(tokenId)]).nullish(),
  torch_dtype: z.string().nullish(),
  dtype: z.string().nullish(),
  quantization_config: z.unknown().optional(),
})
type ConfigFile = z.infer<typeof configSchema>

interface Family {
  readonly architecture: string
  readonly tieWordEmbeddings: boolean
  readonly ropeTheta: number
  /** Where the file gives none; null is hidden_size / num_attention_heads. */
  readonly headDim: number | null
  readonly attentionBias: (file: ConfigFile) => DecoderConfig['attentionBias']
  readonly mlpBias: (file: ConfigFile) => boolean
  readonly hasQueryKeyNorm: boolean
}

const optionalBias = (file: ConfigFile) => (file.attention_bias ? 'qkvo' : 'none')

const families: Readonly<Record<ModelType, Family>> = {
  qwen2: {
    architecture: 'Qwen2ForCausalLM',
    tieWordEmbeddings: false,
    ropeTheta: 10_000,
    headDim: null,
    attentionBias: () => 'qkv',
    mlpBias: () => false,
    hasQueryKeyNorm: false,
  },
  llama: {
    architecture: 'LlamaForCausalLM',
    tieWordEmbeddings: false,
    ropeTheta: 10_000,
    headDim: null,
    attentionBias: optionalBias,
    mlpBias: (file) => file.mlp_bias ?? false,
    hasQueryKeyNorm: false,
  },
  smollm3: {
    architecture: 'SmolLM3ForCausalLM',
    tieWordEmbeddings: true,
    ropeTheta: 2_000_000,
    headDim: null,
    attentionBias: optionalBias,
    mlpBias: (file) => file.mlp_bias ?? false,
    hasQueryKeyNorm: false,
  },
  qwen3: {
    architecture: 'Qwen3ForCausalLM',
    tieWordEmbeddings: false,
    ropeTheta: 10_000,
    headDim: 128,
    attentionBias: optionalBias,
    mlpBias: () => false,
    hasQueryKeyNorm: true,
  },
}

/** Reads config.json at `path`. Throws CheckpointFormatError naming the field, the architecture or the option that is not supported. */
export function readDecoderConfig(path: string): DecoderConfig {
  return decoderConfigFromJson(path, readJsonFile(path, looseObject))
}

/** See {@link readDecoderConfig}; from parsed JSON. `path` is only used in messages. */
export function decoderConfigFromJson(path: string, json: unknown): DecoderConfig {
  const modelType = findModelType(path, acceptJson(path, json, looseObject))
  const family = families[modelType]
  const file = acceptJson(path, json, configSchema)
  refuseUnsupported(path, modelType, file)
  const numKeyValueHeads = file.num_key_value_heads ?? file.num_attention_heads
  if (file.num_attention_heads % numKeyValueHeads !== 0) {
    const problem = `expected a divisor of num_attention_heads (${file.num_attention_heads}), found ${numKeyValueHeads}`
    throw new CheckpointFormatError({ path, field: 'num_key_value_heads' }, problem)
  }
  return {
    modelType,
    hiddenSize: file.hidden_size,
    intermediateSize: file.intermediate_size,
    numHiddenLayers: file.num_hidden_layers,
    numAttentionHeads: file.num_attention_heads,
    numKeyValueHeads,
    headDim: readHeadDim(path, file, family),
    vocabSize: file.vocab_size,
    rmsNormEps: file.rms_norm_eps,
    ropeTheta: file.rope_theta ?? readRopeTheta(path, file.rope_parameters) ?? family.ropeTheta,
    ropeScaling: readRopeScaling(path, file),
    maxPositionEmbeddings: file.max_position_embeddings,
    tieWordEmbeddings: file.tie_word_embeddings ?? family.tieWordEmbeddings,
    attentionBias: family.attentionBias(file),
    mlpBias: family.mlpBias(file),
    hasQueryKeyNorm: family.hasQueryKeyNorm,
    useRope: readUseRope(path, modelType, file),
    hiddenAct: 'silu',
    bosTokenId: file.bos_token_id ?? null,
    eosTokenIds: [file.eos_token_id ?? []].flat(),
    torchDtype: file.torch_dtype ?? file.dtype ?? null,
  }
}

function findModelType(path: string, json: Readonly<Record<string, unknown>>): ModelType {
  const found = json.model_type
  const modelType = modelTypes.find((type) => type === found)
  if (modelType) return modelType
  const architecture = Array.isArray(json.architectures) ? String(json.architectures[0]) : undefined
  const named = modelTypes.find((type) => families[type].architecture === architecture)
  if (named && found === undefined) return named
  const supported = modelTypes.map((type) => `${families[type].architecture} (${type})`).join(', ')
  const name = [architecture, found].filter((part) => typeof part === 'string').map(quote).join(', model_type ')
  const problem = `architecture ${name || '(none given)'} is not supported; supported: ${supported}`
  throw new CheckpointFormatError({ path, field: 'model_type' }, problem)
}

function refuseUnsupported(path: string, modelType: ModelType, file: ConfigFile): void {
  if (file.hidden_act !== 'silu') {
    throw new CheckpointFormatError({ path, field: 'hidden_act' }, `expected "silu", found ${quote(file.hidden_act)}`)
  }
  if (file.quantization_config !== undefined && file.quantization_config !== null) {
    throw new CheckpointFormatError({ path, field: 'quantization_config' }, 'expected float weights, found a quantised checkpoint')
  }
  if (typeof file.partial_rotary_factor === 'number' && file.partial_rotary_factor !== 1) {
    throw new CheckpointFormatError({ path, field: 'partial_rotary_factor' }, `expected 1, found ${file.partial_rotary_factor}`)
  }
  const other = file.layer_types?.find((type) => type !== 'full_attention')
  if (other !== undefined) {
    throw new CheckpointFormatError({ path, field: 'layer_types' }, `expected only "full_attention", found ${quote(other)}`)
  }
  if (usesSlidingWindow(modelType, file)) {
    const problem = `expected full attention, found a sliding window of ${file.sliding_window}`
    throw new CheckpointFormatError({ path, field: 'use_sliding_window' }, problem)
  }
}

/** Hub configs carry a `sliding_window` number that nothing uses; only a switched-on window that reaches a layer counts. */
function usesSlidingWindow(modelType: ModelType, file: ConfigFile): boolean {
  if (!file.use_sliding_window || file.sliding_window == null || file.layer_types) return false
  if (modelType === 'llama') return false
  return modelType === 'smollm3' || (file.max_window_layers ?? 28) < file.num_hidden_layers
}

function readHeadDim(path: string, file: ConfigFile, family: Family): number {
  const headDim = file.head_dim ?? family.headDim ?? file.hidden_size / file.num_attention_heads
  if (!Number.isInteger(headDim) || headDim % 2 !== 0) {
    const problem = `expected an even whole number (given, or hidden_size / num_attention_heads), found ${headDim}`
    throw new CheckpointFormatError({ path, field: 'head_dim' }, problem)
  }
  return headDim
}

/** SmolLM3: a 0 in no_rope_layers means no rotary; absent, every no_rope_layer_interval-th layer has none (docs/REFERENCE.md 9). */
function readUseRope(path: string, modelType: ModelType, file: ConfigFile): boolean[] {
  const layers = file.num_hidden_layers
  if (modelType !== 'smollm3') return Array.from({ length: layers }, () => true)
  const given = file.no_rope_layers
  if (!given) {
    const interval = file.no_rope_layer_interval ?? 4
    return Array.from({ length: layers }, (_, layer) => (layer + 1) % interval !== 0)
  }
  if (given.length !== layers) {
    throw new CheckpointFormatError({ path, field: 'no_rope_layers' }, `expected ${layers} entries, one a layer, found ${given.length}`)
  }
  return given.map((entry) => entry !== 0)
}

function readRopeTheta(path: string, parameters: ConfigFile['rope_parameters']): number | undefined {
  if (parameters?.rope_theta === undefined) return undefined
  return acceptJson(path, parameters, z.object({ rope_theta: positive })).rope_theta
}

const originalLength = { original_max_position_embeddings: z.int().positive() }
const maybeNumber = z.number().nullish()

type RopeReader = (path: string, fields: Readonly<Record<string, unknown>>) => RopeScaling

const ropeReaders: Readonly<Record<RopeScaling['type'] | 'default', RopeReader>> = {
  none: () => ({ type: 'none' }),
  default: () => ({ type: 'none' }),
  linear: (path, fields) => ({ type: 'linear', ...acceptJson(path, fields, z.object({ factor: positive })) }),
  dynamic(path, fields) {
    const file = acceptJson(path, fields, z.object({ factor: positive, ...originalLength }).partial({ original_max_position_embeddings: true }))
    return { type: 'dynamic', factor: file.factor, ...present({ originalMaxPositionEmbeddings: file.original_max_position_embeddings }) }
  },
  llama3(path, fields) {
    const file = acceptJson(path, fields, z.object({ factor: positive, low_freq_factor: positive, high_freq_factor: positive, ...originalLength }))
    return {
      type: 'llama3',
      factor: file.factor,
      lowFreqFactor: file.low_freq_factor,
      highFreqFactor: file.high_freq_factor,
      originalMaxPositionEmbeddings: file.original_max_position_embeddings,
    }
  },
  yarn(path, fields) {
    const file = acceptJson(path, fields, yarnSchema)
    return {
      type: 'yarn',
      factor: file.factor,
      // Zero is none given, as in transformers.
      betaFast: file.beta_fast || 32,
      betaSlow: file.beta_slow || 1,
      truncate: file.truncate ?? true,
      ...present({
        originalMaxPositionEmbeddings: file.original_max_position_embeddings,
        attentionFactor: file.attention_factor,
        mscale: file.mscale,
        mscaleAllDim: file.mscale_all_dim,
      }),
    }
  },
}

const yarnSchema = z.object({
  factor: positive,
  original_max_position_embeddings: z.int().positive().nullish(),
  attention_factor: maybeNumber,
  beta_fast: maybeNumber,
  beta_slow: maybeNumber,
  mscale: maybeNumber,
  mscale_all_dim: maybeNumber,
  truncate: flag,
})

/** `rope_scaling` up to transformers 4, `rope_parameters` from 5 on; the kind stands under `rope_type`, in older files under `type`. */
function readRopeScaling(path: string, file: ConfigFile): RopeScaling {
  const [field, fields] = file.rope_scaling ? ['rope_scaling', file.rope_scaling] as const : ['rope_parameters', file.rope_parameters ?? {}] as const
  const type = fields.rope_type ?? fields.type ?? (Object.keys(fields).some((key) => key !== 'rope_theta') ? undefined : 'default')
  if (typeof type !== 'string' || !Object.hasOwn(ropeReaders, type)) {
    const problem = `expected one of ${Object.keys(ropeReaders).join(', ')}, found ${typeof type === 'string' ? quote(type) : 'none'}`
    throw new CheckpointFormatError({ path, field: `${field}.rope_type` }, problem)
  }
  // Object.hasOwn has just said that it is a key of the table.
  return ropeReaders[type as keyof typeof ropeReaders](path, fields)
}

/** Leaves out what a file does not give or gives as null. */
function present<T extends Record<string, number | null | undefined>>(fields: T): { [Key in keyof T]?: number } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value != null)) as { [Key in keyof T]?: number }
}
