/** @file Where the time of a generation went, as a tree (docs/DESIGN.md 7). It does not know how it was taken or drawn. */
import { z } from 'zod'
import { deviceFallbackSchema, placementSchema } from './model.ts'
import { promptSchema } from './trace.ts'
import { runConfigSchema } from './run-config.ts'

/**
 * `phase`: decide, weave, decode, and the parts of these; `run`: one role's runs of the forward graph; `outside`: of such a run, what is not spent
 * in operators (feeding, fetching, caches, masks); `group`: operators of one part of the graph, such as a layer's attention; `op`: one kind of operator.
 */
export const profileFrameKindSchema = z.enum(['generation', 'phase', 'run', 'outside', 'group', 'op'])
export type ProfileFrameKind = z.infer<typeof profileFrameKindSchema>

export interface ProfileFrame {
  readonly name: string
  readonly kind: ProfileFrameKind
  /** Milliseconds, those of the children included, summed over `count` times. */
  readonly ms: number
  readonly count: number
  readonly children: readonly ProfileFrame[]
}
export const profileFrameSchema: z.ZodType<ProfileFrame> = z.object({
  name: z.string(),
  kind: profileFrameKindSchema,
  ms: z.number().nonnegative(),
  count: z.int().nonnegative(),
  children: z.lazy(() => z.array(profileFrameSchema)),
})

/** One kind of operator over the whole generation. */
export const profiledOpSchema = z.object({
  /** As ONNX names it, such as `MatMulNBits`. */
  opType: z.string(),
  /** The provider that ran it, such as `CPUExecutionProvider`. */
  provider: z.string(),
  ms: z.number().nonnegative(),
  count: z.int().nonnegative(),
})
export type ProfiledOp = z.infer<typeof profiledOpSchema>

export const profileSchema = placementSchema.extend({
  /** Names the format, for files that are opened again. */
  format: z.literal('memgen-profile-1'),
  modelName: z.string(),
  fallback: deviceFallbackSchema.nullable(),
  prompt: promptSchema,
  config: runConfigSchema,
  promptTokens: z.int().nonnegative(),
  tokens: z.int().nonnegative(),
  insertions: z.int().nonnegative(),
  /** The whole generation, milliseconds, profiling's own cost included. */
  elapsedMs: z.number().nonnegative(),
  /** The same generation without profiling, milliseconds: what profiling cost can be read off. */
  plainElapsedMs: z.number().nonnegative(),
  root: profileFrameSchema,
  /** Longest first. */
  ops: z.array(profiledOpSchema),
  versions: z.record(z.string(), z.string()),
  /** Unix milliseconds, UTC. */
  createdAt: z.int(),
})
export type Profile = z.infer<typeof profileSchema>
