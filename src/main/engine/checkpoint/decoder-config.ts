/** @file What a decoder looks like, in our words, and the tensors it therefore has. Knows neither config.json nor weight files. */

export const modelTypes = ['qwen2', 'llama', 'smollm3', 'qwen3'] as const
export type ModelType = (typeof modelTypes)[number]

/** Rotary scaling with the fields of transformers' modeling_rope_utils.py; a field the file leaves out is absent. */
export type RopeScaling =
  | { readonly type: 'none' }
  | { readonly type: 'linear'; readonly factor: number }
  | { readonly type: 'dynamic'; readonly factor: number; readonly originalMaxPositionEmbeddings?: number }
  | {
      readonly type: 'llama3'
      readonly factor: number
      readonly lowFreqFactor: number
      readonly highFreqFactor: number
      readonly originalMaxPositionEmbeddings: number
    }
  | {
      readonly type: 'yarn'
      readonly factor: number
      readonly originalMaxPositionEmbeddings?: number
      readonly attentionFactor?: number
      readonly betaFast: number
      readonly betaSlow: number
      readonly mscale?: number
      readonly mscaleAllDim?: number
      readonly truncate: boolean
    }

export interface DecoderConfig {
  readonly modelType: ModelType
  readonly hiddenSize: number
  readonly intermediateSize: number
  readonly numHiddenLayers: number
  readonly numAttentionHeads: number
  readonly numKeyValueHeads: number
  readonly headDim: number
  readonly vocabSize: number
  readonly rmsNormEps: number
  readonly ropeTheta: number
  readonly ropeScaling: RopeScaling
  readonly maxPositionEmbeddings: number
  /** The head is the embedding table; a stored `lm_head.weight` is then not used. */
  readonly tieWordEmbeddings: boolean
  /** Which attention projections have a bias: `qkv` is Qwen2, `qkvo` is `attention_bias` of the others. */
  readonly attentionBias: 'none' | 'qkv' | 'qkvo'
  readonly mlpBias: boolean
  /** RMSNorm over headDim on every query and key head, before rotary (Qwen3). */
  readonly hasQueryKeyNorm: boolean
  /** Per layer: whether rotary embeddings are applied (SmolLM3 leaves them out in some). */
  readonly useRope: readonly boolean[]
  readonly hiddenAct: 'silu'
  readonly bosTokenId: number | null
  readonly eosTokenIds: readonly number[]
  /** As config.json says it; the files decide. */
  readonly torchDtype: string | null
}

/**
 * Positions that the model can be given. Scaled rotary embeddings reach `factor` times the length they were trained on;
 * some files already say so in max_position_embeddings (Llama 3.1), others keep the trained length there (Qwen2.5 with yarn).
 */
export function contextLength({ maxPositionEmbeddings, ropeScaling }: Pick<DecoderConfig, 'maxPositionEmbeddings' | 'ropeScaling'>): number {
  if (ropeScaling.type === 'none') return maxPositionEmbeddings
  const isOriginalGiven = ropeScaling.type === 'llama3' || ropeScaling.type === 'yarn'
  const trained = (isOriginalGiven ? ropeScaling.originalMaxPositionEmbeddings : undefined) ?? maxPositionEmbeddings
  return Math.max(maxPositionEmbeddings, Math.floor(ropeScaling.factor * trained))
}

/** The linear modules of one decoder layer with their `[out, in]` shapes: what LoRA can sit on. */
export function layerLinearShapes(config: DecoderConfig): Readonly<Record<string, readonly [number, number]>> {
  const { hiddenSize, intermediateSize, headDim } = config
  const queryWidth = config.numAttentionHeads * headDim
  const keyValueWidth = config.numKeyValueHeads * headDim
  return {
    'self_attn.q_proj': [queryWidth, hiddenSize],
    'self_attn.k_proj': [keyValueWidth, hiddenSize],
    'self_attn.v_proj': [keyValueWidth, hiddenSize],
    'self_attn.o_proj': [hiddenSize, queryWidth],
    'mlp.gate_proj': [intermediateSize, hiddenSize],
    'mlp.up_proj': [intermediateSize, hiddenSize],
    'mlp.down_proj': [hiddenSize, intermediateSize],
  }
}

/** Every tensor a decoder needs, under its Hugging Face name, with its shape. Without `lm_head.weight` when tied or when not wanted. */
export function expectedTensors(
  config: DecoderConfig,
  /** `lmHead`: whether the head is needed; weaver and trigger never use it. @default true */
  { lmHead = true }: { lmHead?: boolean } = {},
): ReadonlyMap<string, readonly number[]> {
  const { hiddenSize, vocabSize, headDim } = config
  const shapes = new Map<string, readonly number[]>([['model.embed_tokens.weight', [vocabSize, hiddenSize]]])
  for (let layer = 0; layer < config.numHiddenLayers; layer++) {
    const prefix = `model.layers.${layer}.`
    shapes.set(`${prefix}input_layernorm.weight`, [hiddenSize])
    shapes.set(`${prefix}post_attention_layernorm.weight`, [hiddenSize])
    for (const [module, [outSize, inSize]] of Object.entries(layerLinearShapes(config))) {
      shapes.set(`${prefix}${module}.weight`, [outSize, inSize])
      if (hasBias(config, module)) shapes.set(`${prefix}${module}.bias`, [outSize])
    }
    if (config.hasQueryKeyNorm) {
      shapes.set(`${prefix}self_attn.q_norm.weight`, [headDim])
      shapes.set(`${prefix}self_attn.k_norm.weight`, [headDim])
    }
  }
  shapes.set('model.norm.weight', [hiddenSize])
  if (lmHead && !config.tieWordEmbeddings) shapes.set('lm_head.weight', [vocabSize, hiddenSize])
  return shapes
}

function hasBias({ attentionBias, mlpBias }: DecoderConfig, module: string): boolean {
  if (module.startsWith('mlp.')) return mlpBias
  if (module === 'self_attn.o_proj') return attentionBias === 'qkvo'
  return attentionBias !== 'none'
}
