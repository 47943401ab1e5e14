/** @file RPC room `models`: the library, checkpoint health and loading. It does not know how files are read. */
import { oc } from '@orpc/contract'
import { z } from 'zod'
import { calibrationSchema } from '../domain/calibration.ts'
import { checkpointHealthSchema, memoryEstimateSchema } from '../domain/health.ts'
import { modelIdSchema } from '../domain/identifiers.ts'
import { loadedModelSchema, modelEntrySchema, modelLocationSchema, placementChoiceSchema, precisionSchema } from '../domain/model.ts'
import { declaredErrors } from '../errors.ts'

const { MEMORY_INSUFFICIENT, CHECKPOINT_INVALID, DEVICE_UNAVAILABLE, ENGINE_LOST, LOG_UNAVAILABLE, MODEL_NOT_FOUND } = declaredErrors

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
  /** Remembers where the model is to be loaded from now on; what is loaded stays until it is loaded again. */
  place: oc
    .errors({ LOG_UNAVAILABLE, MODEL_NOT_FOUND })
    .input(z.object({ modelId: modelIdSchema, placement: placementChoiceSchema }))
    .output(modelEntrySchema),
  /** Loads the model unless it stands as asked already; without a placement as its entry says. Other devices than the CPU fall back to it. */
  load: oc
    .errors({ CHECKPOINT_INVALID, DEVICE_UNAVAILABLE, ENGINE_LOST, LOG_UNAVAILABLE, MEMORY_INSUFFICIENT, MODEL_NOT_FOUND })
    .input(z.object({ modelId: modelIdSchema, placement: placementChoiceSchema.optional() }))
    .output(loadedModelSchema),
  /** What the engine says of a model that is in memory, wherever it stands; null where it is not. Loads and moves nothing. */
  loaded: oc.input(z.object({ modelId: modelIdSchema })).output(loadedModelSchema.nullable()),
  /** Takes a model out of memory. The last one takes the engine process with it, so that the system has its memory back. */
  unload: oc.errors({ ENGINE_LOST }).input(z.object({ modelId: modelIdSchema })).output(z.void()),
  /** What loading would take at each placement this machine may offer. */
  estimate: oc
    .errors({ CHECKPOINT_INVALID, ENGINE_LOST, MODEL_NOT_FOUND })
    .input(z.object({ modelId: modelIdSchema }))
    .output(z.object({ estimates: z.array(memoryEstimateSchema), availableBytes: z.number().nonnegative() })),
  /** How fast this machine's devices compute a model of this shape; measures those not yet measured, or all again. Takes seconds a device. */
  calibrate: oc
    .errors({ CHECKPOINT_INVALID, ENGINE_LOST, MODEL_NOT_FOUND })
    .input(z.object({ modelId: modelIdSchema, precision: precisionSchema, again: z.boolean().default(false) }))
    .output(calibrationSchema),
  /** What was measured before; null where nothing was. */
  calibration: oc
    .errors({ CHECKPOINT_INVALID, ENGINE_LOST, MODEL_NOT_FOUND })
    .input(z.object({ modelId: modelIdSchema, precision: precisionSchema }))
    .output(calibrationSchema.nullable()),
}
