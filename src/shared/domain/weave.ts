/** @file One insertion of K latents as it is recorded (docs/DESIGN.md 5); it does not know how the weaver computes them. */
import { z } from 'zod'
import { latentEditSchema } from './branch.ts'
import { weaveIdSchema } from './identifiers.ts'

export const weaveKindSchema = z.enum(['prompt', 'inference'])
export type WeaveKind = z.infer<typeof weaveKindSchema>

/** Row-major float32 matrix [rows, columns]. */
export const matrixSchema = z.object({
  rows: z.int().nonnegative(),
  columns: z.int().nonnegative(),
  data: z.instanceof(Float32Array<ArrayBufferLike>),
}).refine((matrix) => matrix.data.length === matrix.rows * matrix.columns, 'data must hold rows x columns numbers')
export type Matrix = z.infer<typeof matrixSchema>

export const nearestEntrySchema = z.object({ tokenId: z.int().nonnegative(), text: z.string(), cosine: z.number() })
export type NearestEntry = z.infer<typeof nearestEntrySchema>

export const weaveSchema = z.object({
  id: weaveIdSchema,
  /** The latents lie before the token of this step. */
  stepIndex: z.int().nonnegative(),
  kind: weaveKindSchema,
  /** Attended positions of the reasoner's context before the latents. */
  contextLength: z.int().nonnegative(),
  /** Weaver's hidden states at the query positions, [K, weaver hidden]; what it wove, whatever was done to it later. */
  latentsBeforeProjection: matrixSchema,
  /** What the reasoner and every later weaver call read, [K, reasoner hidden]: after the intervention, if there is one. */
  latents: matrixSchema,
  /** L2 norm of each projected latent, [K]. */
  norms: z.array(z.number()),
  /** L2 norm of each latent before projection, [K]. */
  normsBeforeProjection: z.array(z.number()),
  /** For each latent the nearest rows of the reasoner's embedding table by cosine. */
  nearest: z.array(z.array(nearestEntrySchema)),
  /** What was done between projection and injection; absent where the latents stand as they were woven. */
  intervention: latentEditSchema.optional(),
})
export type Weave = z.infer<typeof weaveSchema>
