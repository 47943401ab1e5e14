/** @file RPC room `profiles`: where the time of a generation goes. It does not know how it is measured. */
import { eventIterator, oc } from '@orpc/contract'
import { z } from 'zod'
import { modelIdSchema } from '../domain/identifiers.ts'
import { placementChoiceSchema } from '../domain/model.ts'
import { profileSchema } from '../domain/profile.ts'
import { runConfigSchema } from '../domain/run-config.ts'
import { promptSchema } from '../domain/trace.ts'
import { declaredErrors } from '../errors.ts'

const { CHECKPOINT_INVALID, DEVICE_UNAVAILABLE, ENGINE_LOST, MEMORY_INSUFFICIENT, MODEL_NOT_FOUND, PROMPT_REJECTED } = declaredErrors

export const profileEventSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('progress'), stage: z.string(), fraction: z.number().min(0).max(1) }),
  z.object({ kind: z.literal('profile'), profile: profileSchema }),
])
export type ProfileEvent = z.infer<typeof profileEventSchema>

export const profilesContract = {
  /** Takes a profile in an engine process of its own, which holds a second copy of the model meanwhile; ending the iteration ends it. */
  take: oc
    .errors({ CHECKPOINT_INVALID, DEVICE_UNAVAILABLE, ENGINE_LOST, MEMORY_INSUFFICIENT, MODEL_NOT_FOUND, PROMPT_REJECTED })
    .input(z.object({ modelId: modelIdSchema, placement: placementChoiceSchema.optional(), prompt: promptSchema, config: runConfigSchema }))
    .output(eventIterator(profileEventSchema)),
}
