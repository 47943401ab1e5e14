/** @file Vectors against the reasoner's embedding table, whoever's vectors they are. It keeps nothing and reads a part of the table at a time. */
import type { Matrix, NearestEntry } from '../../../shared/domain/weave.ts'
import type { MemGenModel } from '../memgen/memgen-model.ts'

/** Tokens embedded at a time: with a hidden size of 4,096 they take 16 MB. */
const TOKENS_AT_ONCE = 1024

/** For each row of `vectors` [n, hidden] the `topK` rows of the embedding table with the largest cosine, best first. */
export async function nearestEntries({ config, vocabulary, tokenizer }: MemGenModel, vectors: Matrix, topK: number): Promise<NearestEntry[][]> {
  if (vectors.columns !== config.hiddenSize) throw new Error(`internal: vectors of ${vectors.columns} numbers, embeddings of ${config.hiddenSize}`)
  const rows = await vocabulary.nearest(vectors.data, Math.min(topK, config.vocabSize))
  return rows.map((entries) => entries.map((entry) => ({ ...entry, text: tokenizer.tokenText(entry.tokenId) })))
}

/** The mean embedding of each list, [lists, hidden]; NaN for an empty list. Sums are float64. */
export async function embeddingMeans({ config, embeddings }: MemGenModel, lists: readonly Int32Array[]): Promise<Matrix> {
  const { hiddenSize, vocabSize } = config
  const data = new Float32Array(lists.length * hiddenSize)
  for (const [row, list] of lists.entries()) {
    const foreign = list.find((id) => id < 0 || id >= vocabSize)
    if (foreign !== undefined) throw new Error(`internal: token ${foreign} is outside the vocabulary of ${vocabSize}`)
    const sum = new Float64Array(hiddenSize)
    for (let start = 0; start < list.length; start += TOKENS_AT_ONCE) {
      const embeds = await embeddings.inputsEmbeds({ ids: [...list.subarray(start, start + TOKENS_AT_ONCE)], latents: new Float32Array(0) })
      for (let index = 0; index < embeds.length; index++) sum[index % hiddenSize] = (sum[index % hiddenSize] ?? 0) + (embeds[index] ?? 0)
    }
    data.set(sum.map((value) => value / list.length), row * hiddenSize)
  }
  return { rows: lists.length, columns: hiddenSize, data }
}
