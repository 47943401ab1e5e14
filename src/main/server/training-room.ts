/** @file RPC room `training`: each procedure is one call of the training job. It does not know how anything is trained. */
import type { TrainingRun } from '../../shared/domain/training-run.ts'
import { readTrainingConfig } from '../jobs/index.ts'
import { follow } from './follow.ts'
import { procedures } from './procedures.ts'
import { openTrainingPlaces } from './training-places.ts'

/** A list wants the latest state of each run, and a slow one may miss what came between. */
const CHANGES_CAPACITY = 64

export const trainingRoom = {
  list: procedures.training.list.handler(({ context }) => context.training.list()),
  changes: procedures.training.changes.handler(({ context: { training }, signal }) => {
    return follow<TrainingRun>((tell) => training.onChange(tell), { signal, capacity: CHANGES_CAPACITY })
  }),
  get: procedures.training.get.handler(({ context, input }) => context.training.get(input.runId)),
  events: procedures.training.events.handler(({ context, input, signal }) => context.training.subscribe(input.runId, { signal })),
  readConfig: procedures.training.readConfig.handler(async ({ context, input }) => {
    const { file, text, folder, options, stage, method } = input
    const places = await openTrainingPlaces({ folder, outputRoot: context.trainingDir })
    const { config, warnings } = readTrainingConfig({ yaml: { file, text }, options }, { stage, method, ...places })
    return { config, warnings: [...warnings] }
  }),
  parameters: procedures.training.parameters.handler(({ context, input }) => context.engine.call('describeTraining', { config: input.config })),
  start: procedures.training.start.handler(({ context, input }) => context.training.start(input.config, { name: input.name })),
  pause: procedures.training.pause.handler(({ context, input }) => context.training.pause(input.runId)),
  stop: procedures.training.stop.handler(({ context, input }) => context.training.stop(input.runId)),
  resume: procedures.training.resume.handler(({ context, input }) => context.training.resume(input.runId)),
  annotate: procedures.training.annotate.handler(({ context, input: { runId, ...annotation } }) => context.training.annotate(runId, annotation)),
  importedCurves: procedures.training.importedCurves.handler(async ({ context }) => ({ curves: await context.log.curves.list() })),
  importedSeries: procedures.training.importedSeries.handler(async ({ context, input }) => ({ series: await context.log.curves.series(input.id) })),
  removeImportedCurves: procedures.training.removeImportedCurves.handler(({ context, input }) => context.log.curves.remove(input.id)),
}
