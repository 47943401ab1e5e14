/** @file What of the context a latent is most like, from a block's cosines. It computes no cosine. */
import type { BlockSimilarity } from '../../../../../shared/domain/analysis.ts'

export interface ContextNeighbour {
  readonly label: string
  /** Of the token; '' for a latent, which has none. */
  readonly text: string
  readonly cosine: number
}

const places = { prompt: 'prompt token', step: 'step' } as const

/** The `count` context positions with the largest absolute cosine to a latent, strongest first. */
export function contextNeighbours({ toContext, context }: BlockSimilarity, latent: number, count: number): ContextNeighbour[] {
  const row = toContext.subarray(latent * context.length, (latent + 1) * context.length)
  return context
    .map(({ kind, index, text }, position) => {
      const named = kind === 'latent' ? { label: `latent ${text} before step ${index}`, text: '' } : { label: `${places[kind]} ${index}`, text }
      return { ...named, cosine: row[position] ?? 0 }
    })
    .sort((a, b) => Math.abs(b.cosine) - Math.abs(a.cosine))
    .slice(0, count)
}
