/** @file The name of a model's shape: models that share it are computed equally fast. It measures nothing. */
import type { DecoderConfig } from '../checkpoint/index.ts'

type Sizes = Pick<DecoderConfig, 'modelType' | 'hiddenSize' | 'intermediateSize' | 'numHiddenLayers' | 'numAttentionHeads' | 'numKeyValueHeads' | 'headDim' | 'vocabSize'>

/** Such as `qwen2 896x24 mlp 4864 heads 14/2x64 vocab 151936`: hidden size by layers, and queries' heads over keys' by their size. */
export function nameShape(config: Sizes): string {
  const { modelType, hiddenSize, intermediateSize, numHiddenLayers, numAttentionHeads, numKeyValueHeads, headDim, vocabSize } = config
  return `${modelType} ${hiddenSize}x${numHiddenLayers} mlp ${intermediateSize} heads ${numAttentionHeads}/${numKeyValueHeads}x${headDim} vocab ${vocabSize}`
}
