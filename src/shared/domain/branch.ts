/**
 * @file What a user changes in a generation, as data: each change forks the trace, and a trace carries all that were made on the
 * way to it. It does not know how they are computed.
 */
import { z } from 'zod'
import { traceIdSchema, weaveIdSchema } from './identifiers.ts'
import { latentInterventionSchema } from './latent-intervention.ts'
import { runConfigSchema } from './run-config.ts'

/** What may be done to one latent block: any intervention, or something that only makes sense for a single block. */
export const latentEditSchema = z.discriminatedUnion('kind', [
  ...latentInterventionSchema.options,
  /** The latents become those of another recorded block, of whatever trace; it may have another number of latents. */
  z.object({ kind: z.literal('swap'), traceId: traceIdSchema, weaveId: weaveIdSchema }),
  /** These latents (0-based in the block) are left out: the block gets shorter. */
  z.object({ kind: z.literal('drop'), latents: z.array(z.int().nonnegative()).min(1) }),
])
export type LatentEdit = z.infer<typeof latentEditSchema>

export const traceChangeSchema = z.discriminatedUnion('kind', [
  /** Nothing: the same generation taken up again. */
  z.object({ kind: z.literal('none') }),
  /** Inserts (1) or declines (0) before the step's token, candidate or not, whatever the limit. */
  z.object({ kind: z.literal('decision'), decision: z.union([z.literal(0), z.literal(1)]) }),
  /** The step's token, and the ones after it, are these. Draws are made and dropped, so that later ones stay the same. */
  z.object({ kind: z.literal('tokens'), tokenIds: z.array(z.int().nonnegative()).min(1), text: z.string() }),
  /** Done to the latents inserted at this step, in place of the run's own intervention; they are inserted if they were not. */
  z.object({ kind: z.literal('latents'), edit: latentEditSchema }),
  /** Policy, sampling and limits from this step on. */
  z.object({ kind: z.literal('config'), config: runConfigSchema }),
])
export type TraceChange = z.infer<typeof traceChangeSchema>

export const appliedChangeSchema = z.object({
  /** The first step that the change can affect. */
  stepIndex: z.int().nonnegative(),
  change: traceChangeSchema,
})
export type AppliedChange = z.infer<typeof appliedChangeSchema>

export const traceParentSchema = z.object({
  traceId: traceIdSchema,
  /** Steps before this one are the parent's own. */
  stepIndex: z.int().nonnegative(),
})
export type TraceParent = z.infer<typeof traceParentSchema>

/** The config in force at a step: the run's own, or the latest one that was changed to. */
export function configAt<Config>(config: Config, changes: readonly { readonly stepIndex: number; readonly change: { readonly kind: string; readonly config?: Config } }[], stepIndex: number): Config {
  return changes.findLast(({ change, stepIndex: from }) => change.kind === 'config' && from <= stepIndex)?.change.config ?? config
}
