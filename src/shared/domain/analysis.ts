/** @file What is computed about a recorded generation on demand; nothing here is part of the record. It does not know how. */
import { z } from 'zod'
import { nearestEntrySchema } from './weave.ts'
import { tokenCandidateSchema } from './step.ts'

const floats = z.instanceof(Float32Array<ArrayBufferLike>)

/** Attention that positions after a block pay to its latents. */
export const latentAttentionSchema = z.object({
  layers: z.int(),
  heads: z.int(),
  latents: z.int(),
  /** The step whose token each query position predicts, ascending. */
  stepIndices: z.array(z.int()),
  /** Row-major [layers, heads, latents, steps]: the attention probability, 0 to 1. */
  mass: floats,
})
export type LatentAttention = z.infer<typeof latentAttentionSchema>

/** The reasoner's head read at the positions of a block's latents, layer by layer. */
export const logitLensSchema = z.object({
  /** 0 is the embedding (the latent itself); the last is what the head really reads. */
  layers: z.int(),
  /** [latents][layers][k] likeliest tokens. */
  entries: z.array(z.array(z.array(tokenCandidateSchema))),
})
export type LogitLens = z.infer<typeof logitLensSchema>

/** The next-token distribution with and without one block, every other latent in place. */
export const blockEffectSchema = z.object({
  stepIndex: z.int(),
  /** KL(with || without) in nats. */
  kl: z.number(),
  withBlock: z.array(tokenCandidateSchema),
  withoutBlock: z.array(tokenCandidateSchema),
})
export type BlockEffect = z.infer<typeof blockEffectSchema>

export const blockSimilaritySchema = z.object({
  latents: z.int(),
  /** Row-major [latents, latents] cosines. */
  between: floats,
  /** Of how many directions the latents make use, 1 to their number; null where they have none. */
  effectiveRank: z.number().nullable(),
  /** Row-major [latents, context length] cosines to everything the reasoner reads before the block, as embeddings. */
  toContext: floats,
  /** What those context positions are. */
  context: z.array(z.object({ kind: z.enum(['prompt', 'step', 'latent']), index: z.int(), text: z.string() })),
  /** L2 norms of the context's embeddings, [context length]. */
  contextNorms: floats,
  /** L2 norms of the weaver's queries after LayerNorm and scale, [latents]. */
  queryNorms: floats,
  /** Best cosine to the vocabulary of random directions of the same size, as a yardstick for `nearest`: quantiles 0.05, 0.5, 0.95. */
  randomNearest: z.array(z.number()).length(3),
  /** For each latent the nearest rows of the embedding table. */
  nearest: z.array(z.array(nearestEntrySchema)),
})
export type BlockSimilarity = z.infer<typeof blockSimilaritySchema>

/** A position that at least one gate calls a candidate. */
export const gateFindingSchema = z.object({
  stepIndex: z.int().nonnegative(),
  tokenId: z.int().nonnegative(),
  tokenText: z.string(),
  /** The last characters before the position. */
  context: z.string(),
  /** What the next token begins with, where there is one. */
  following: z.string(),
  textGate: z.boolean(),
  tokenIdGate: z.boolean(),
  /** 'merged': the token holds more than the delimiter; 'decimal': a dot or comma inside a number; null for none of these. */
  trap: z.enum(['merged', 'decimal', 'incomplete-character']).nullable(),
})
export type GateFinding = z.infer<typeof gateFindingSchema>

export const gateAuditSchema = z.object({
  positions: z.int().nonnegative(),
  both: z.int().nonnegative(),
  onlyText: z.int().nonnegative(),
  onlyTokenId: z.int().nonnegative(),
  traps: z.object({ merged: z.int(), decimal: z.int(), incompleteCharacter: z.int() }),
  /** By trace in the order asked for. */
  findings: z.array(z.object({ traceId: z.string(), findings: z.array(gateFindingSchema) })),
})
export type GateAudit = z.infer<typeof gateAuditSchema>
