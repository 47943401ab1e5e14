/** @file The demo's reasoner: its shape as Hugging Face's config.json tells it. */
import { VOCAB_SIZE } from '../demo-tokenizer.ts'

/** 1.25 million parameters, 5 MB in float32; head and embeddings are one table. */
export const BASE_CONFIG = {
  architectures: ['Qwen2ForCausalLM'],
  model_type: 'qwen2',
  hidden_act: 'silu',
  hidden_size: 128,
  intermediate_size: 384,
  num_hidden_layers: 6,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  vocab_size: VOCAB_SIZE,
  max_position_embeddings: 512,
  rms_norm_eps: 1e-6,
  rope_theta: 10_000,
  tie_word_embeddings: true,
  // Wider than Qwen2's 0.02, which is meant for matrices seven times as wide.
  initializer_range: 0.05,
  torch_dtype: 'float32',
} as const
