/** @file RPC room `models`: the library, checkpoint health and loading. */
import { oc } from '@orpc/contract'
import { z } from 'zod'
import { checkpointHealthSchema } from '../domain/health.ts'
import { modelIdSchema } from '../domain/identifiers.ts'
import { deviceSchema, loadedModelSchema, modelEntrySchema, modelLocationSchema } from '../domain/model.ts'
import { declaredErrors } from '../errors.ts'

const { CHECKPOINT_INVALID, DEVICE_UNAVAILABLE, ENGINE_LOST, LOG_UNAVAILABLE, MODEL_NOT_FOUND } = declaredErrors

export const modelsContract = {
  list: oc.errors({ LOG_UNAVAILABLE }).output(z.array(modelEntrySchema)),
  /** Adds a model to the library after reading its headers. */
  add: oc
    .errors({ CHECKPOINT_INVALID, ENGINE_LOST, LOG_UNAVAILABLE })
    .input(z.object({ name: z.string().min(1), location: modelLocationSchema }))
    .output(modelEntrySchema),
  /** Takes a model out of the library; its files and traces stay. */
  remove: oc.errors({ MODEL_NOT_FOUND, LOG_UNAVAILABLE }).input(z.object({ modelId: modelIdSchema })).output(z.void()),
  /** Checkpoint health; reads every tensor, so it can take seconds per gigabyte. */
  inspect: oc
    .errors({ CHECKPOINT_INVALID, ENGINE_LOST, LOG_UNAVAILABLE, MODEL_NOT_FOUND })
    .input(z.object({ modelId: modelIdSchema, sha256: z.boolean().default(false) }))
    .output(checkpointHealthSchema),
  /** Loads the model unless it is loaded already. */
  load: oc
    .errors({ CHECKPOINT_INVALID, DEVICE_UNAVAILABLE, ENGINE_LOST, LOG_UNAVAILABLE, MODEL_NOT_FOUND })
    .input(z.object({ modelId: modelIdSchema, device: deviceSchema.default('cpu') }))
    .output(loadedModelSchema),
}
