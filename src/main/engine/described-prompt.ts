/** @file A prompt as a model reads it: rendered text, tokens and the norms of their embeddings. It generates nothing. */
import type { Prompt, PromptToken } from '../../shared/domain/trace.ts'
import type { MemGenModel } from './memgen/memgen-model.ts'
import { euclideanNorms } from './memgen/vocabulary.ts'
import { renderPrompt } from './tokenization/render-prompt.ts'
import { StreamedText } from './tokenization/streamed-text.ts'

export interface DescribedPrompt {
  readonly renderedPrompt: string
  readonly promptTokens: PromptToken[]
}

/** Describes a prompt that may be empty or too long to generate from. A token outside the model's vocabulary has norm 0. */
export async function describePrompt({ tokenizer, embeddings, config }: MemGenModel, prompt: Prompt): Promise<DescribedPrompt> {
  const renderedPrompt = renderPrompt(prompt)
  const ids = tokenizer.encode(renderedPrompt)
  const known = ids.filter((id) => id < config.vocabSize)
  const embeds = known.length === 0 ? new Float32Array(0) : await embeddings.inputsEmbeds({ ids: known, latents: new Float32Array(0) })
  const norms = euclideanNorms(embeds, config.hiddenSize).values()
  const text = new StreamedText(tokenizer)
  const promptTokens = ids.map((tokenId) => ({ tokenId, text: text.push(tokenId), embeddingNorm: tokenId < config.vocabSize ? (norms.next().value ?? 0) : 0 }))
  return { renderedPrompt, promptTokens }
}
