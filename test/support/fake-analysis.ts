/** @file Answers to every question about a record or vectors that follow from their lengths alone. It does not know what is asked about. */
import type { EngineCalls } from '../../src/main/engine/protocol.ts'
import { FAKE_SIZES } from './fake-rollout.ts'

type AnalysisCall = 'attention' | 'attentionLane' | 'logitLens' | 'blockEffect' | 'blockSimilarity' | 'twin' | 'auditGates' | 'nearestEntries' | 'embeddingMeans'

const LAYERS = 2
const HEADS = 2
const candidates = [
  { tokenId: 10, text: ' t0', logprob: -0.5 },
  { tokenId: 11, text: ' t1', logprob: -1.5 },
]

export const fakeAnalysis: { [Name in AnalysisCall]: (question: EngineCalls[Name]['request']) => EngineCalls[Name]['response'] } = {
  attention: ({ record, stepIndex, maxSteps }) => {
    const steps = Math.min(maxSteps, record.steps.length - stepIndex)
    const mass = new Float32Array(LAYERS * HEADS * FAKE_SIZES.latents * steps).fill(0.125)
    return { layers: LAYERS, heads: HEADS, latents: FAKE_SIZES.latents, stepIndices: Array.from({ length: steps }, (_, at) => stepIndex + at), mass }
  },
  attentionLane: ({ record }) => new Float32Array(record.steps.length).fill(0.25),
  logitLens: ({ topK }) => {
    const entries = Array.from({ length: FAKE_SIZES.latents }, () => Array.from({ length: LAYERS + 1 }, () => candidates.slice(0, topK)))
    return { layers: LAYERS + 1, entries }
  },
  blockEffect: ({ stepIndex, topK }) => ({ stepIndex, kl: 0.5, withBlock: candidates.slice(0, topK), withoutBlock: candidates.slice(0, topK) }),
  blockSimilarity: ({ record }) => {
    const { latents } = FAKE_SIZES
    const context = record.promptIds.map((id, index) => ({ kind: 'prompt' as const, index, text: String(id) }))
    return {
      latents,
      between: new Float32Array(latents * latents).fill(1),
      toContext: new Float32Array(latents * context.length),
      context,
      contextNorms: new Float32Array(context.length).fill(1),
      queryNorms: new Float32Array(latents).fill(1),
      effectiveRank: 1.5,
      randomNearest: [0.125, 0.25, 0.5],
      nearest: Array.from({ length: latents }, () => [{ tokenId: 1, text: 'a', cosine: 0.5 }]),
    }
  },
  twin: ({ record }) => record.steps.map((_, index) => ({ tokenId: index + 10, text: ` t${index}`, logprob: -0.75, kl: 0.25 })),
  nearestEntries: ({ vectors, topK }) => Array.from({ length: vectors.rows }, () => Array.from({ length: topK }, (_, rank) => ({ tokenId: rank, text: `v${rank}`, cosine: 1 / (rank + 2) }))),
  embeddingMeans: ({ tokenIds }) => {
    const { hiddenSize: columns } = FAKE_SIZES
    return { rows: tokenIds.length, columns, data: Float32Array.from({ length: tokenIds.length * columns }, (_, index) => (tokenIds[Math.floor(index / columns)]?.length === 0 ? NaN : 0.5)) }
  },
  auditGates: ({ tokenIds }) =>
    tokenIds.flatMap((tokenId, stepIndex) =>
      stepIndex % 3 === 0 ? [{ stepIndex, tokenId, tokenText: ` t${stepIndex}`, context: '', following: '', textGate: true, tokenIdGate: stepIndex === 0, trap: stepIndex === 3 ? ('merged' as const) : null }] : [],
    ),
}
