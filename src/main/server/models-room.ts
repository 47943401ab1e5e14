/** @file RPC room `models`. It does not know how files are read. */
import type { ModelLocation } from '../../shared/domain/model.ts'
import { ModelNotFoundError } from '../sessions/index.ts'
import { CheckpointInvalidError } from './declare-errors.ts'
import { requireModel } from './model-library.ts'
import { procedures } from './procedures.ts'

/** Where the model's own folder is, for messages about the whole of it. */
const folderOf = ({ reasonerDir, checkpointDir }: ModelLocation): string => checkpointDir ?? reasonerDir

export const modelsRoom = {
  list: procedures.models.list.handler(({ context }) => context.modelLibrary.list()),
  add: procedures.models.add.handler(async ({ context, input, signal }) => {
    const health = await context.engine.call('inspect', { location: input.location, sha256: false }, { signal })
    if (health.kind === 'unreadable') {
      const problem = health.checks.find((check) => check.verdict === 'error')
      if (problem === undefined) throw new Error(`internal: ${folderOf(input.location)} is unreadable, and no check says why`)
      throw new CheckpointInvalidError(problem, folderOf(input.location))
    }
    return context.modelLibrary.add(input)
  }),
  remove: procedures.models.remove.handler(async ({ context, input }) => {
    if (!(await context.modelLibrary.remove(input.modelId))) throw new ModelNotFoundError(input.modelId)
  }),
  inspect: procedures.models.inspect.handler(async ({ context, input, signal }) => {
    const { location } = await requireModel(context.modelLibrary, input.modelId)
    return context.engine.call('inspect', { location, sha256: input.sha256 }, { signal })
  }),
  place: procedures.models.place.handler(async ({ context, input }) => {
    const placed = await context.modelLibrary.place(input.modelId, input.placement)
    if (placed === null) throw new ModelNotFoundError(input.modelId)
    context.devices.forgive(input.modelId)
    return placed
  }),
  load: procedures.models.load.handler(({ context, input }) => context.sessions.load(input.modelId, input.placement)),
  // Whoever loads it is told of a failure; to others it is not in memory.
  loaded: procedures.models.loaded.handler(async ({ context, input }) => (await context.engine.standing(input.modelId)?.catch(() => null)) ?? null),
  unload: procedures.models.unload.handler(async ({ context, input }) => {
    await context.sessions.unload(input.modelId)
    context.devices.forgive(input.modelId)
  }),
  estimate: procedures.models.estimate.handler(async ({ context, input }) => context.devices.estimate(await requireModel(context.modelLibrary, input.modelId))),
  calibrate: procedures.models.calibrate.handler(async ({ context, input: { modelId, precision, again } }) => {
    return context.devices.calibrate(await requireModel(context.modelLibrary, modelId), precision, { again })
  }),
  calibration: procedures.models.calibration.handler(async ({ context, input }) => context.devices.calibration(await requireModel(context.modelLibrary, input.modelId), input.precision)),
}
